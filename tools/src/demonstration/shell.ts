import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a command of the demonstration has to do; anything else ends the demonstration. */
interface Expectation {
  /** What stands in its output, data or messages. */
  readonly says?: string;
  /** 0 by default. */
  readonly code?: number;
  /** Given to the command and not shown. */
  readonly quietly?: readonly string[];
}

/** Runs commands as a person types them, and shows them with what they print. */
export interface Shell {
  /** What `kubeless` stands for, with the Node that it needs. */
  readonly program: string;
  readonly root: string;
  /** A folder that is deleted in the end. */
  readonly scratch: string;
  /** Rejects when it ends otherwise than it should. */
  kubeless(words: readonly string[], expectation?: Expectation): Promise<void>;
  /** Runs a command that goes on for ever, until it has said something. */
  kubelessUntil(says: string, words: readonly string[]): Promise<void>;
  /** What a command prints, without showing it; undefined when it fails. */
  ask(words: readonly string[]): string | undefined;
  untilPlatformEnds(): Promise<void>;
  /** Stops the platform if it was started here. */
  close(): Promise<void>;
}

/**
 * A shell on a local platform: a new one, or the one that runs already, whichever cluster the user's own kubeconfig names.
 * Rejects when it does not start.
 */
export async function openShell(root: string, signal: AbortSignal): Promise<Shell> {
  const cli = join(root, "packages/cli/dist/bin.js");
  const scratch = mkdtempSync(join(tmpdir(), "kubeless-start-"));
  const run = (words: readonly string[], env = process.env) =>
    spawn(process.execPath, [cli, ...words], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  print(["local", "up"], scratch);
  const platform = run(["local", "up"]);
  const ended = untilEnd(platform);
  show(platform);
  await Promise.race([untilSaid(platform, "Routes:"), ended.then(refuseEarlyEnd)]);
  const ask = (words: readonly string[], env = process.env) =>
    askQuietly([cli, ...words], { cwd: root, env });
  const env = { ...process.env, KUBECONFIG: ask(["local", "kubeconfig"])?.trim() };

  return {
    program: `${process.execPath} ${cli}`,
    root,
    scratch,
    ask: (words) => ask(words, env),
    kubeless: async (words, { says = "", code = 0, quietly = [] } = {}) => {
      print(words, scratch);
      const child = run([...words, ...quietly], env);
      const output = show(child);
      const actual = await untilEnd(child);
      signal.throwIfAborted();
      const line = words.join(" ");
      if (actual !== code) throw new Error(`kubeless ${line} ended with ${actual}, not with ${code}.`);
      if (!output().includes(says)) throw new Error(`kubeless ${line} did not say "${says}".`);
    },
    kubelessUntil: async (says, words) => {
      print(words, scratch);
      const child = run(words, env);
      show(child);
      const end = untilEnd(child);
      await Promise.race([untilSaid(child, says), end]);
      child.kill("SIGINT");
      await end;
      signal.throwIfAborted();
    },
    untilPlatformEnds: async () => void (await ended),
    close: async () => {
      platform.kill("SIGTERM");
      await ended;
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

function refuseEarlyEnd(code: number): void {
  if (code !== 0) throw new Error(`The local platform ended with ${code} before it was ready.`);
}

/** As it would be typed: what a shell would take apart is quoted. */
function print(words: readonly string[], scratch: string): void {
  const typed = words.map((word) => (/^[\w./:=@-]+$/.test(word) ? word : `'${word}'`)).join(" ");
  console.log(`\n$ kubeless ${typed.replaceAll(scratch, "/tmp")}`);
}

/** Shows what a program prints as it comes; returns what it has printed so far. */
function show(child: ChildProcess): () => string {
  let output = "";
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    from?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      to.write(text);
    });
  }
  return () => output;
}

function untilSaid(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve) => {
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: string) => {
        output += chunk;
        if (output.includes(text)) resolve();
      });
  });
}

function untilEnd(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => child.once("close", (code) => resolve(code ?? 1)));
}

function askQuietly(
  argv: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): string | undefined {
  try {
    const stdio = ["ignore", "pipe", "ignore"] as const;
    return execFileSync(process.execPath, argv, { ...options, stdio: [...stdio], encoding: "utf8" });
  } catch {
    return undefined;
  }
}
