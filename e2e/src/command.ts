import { spawn } from "node:child_process";
import { once } from "node:events";
import { buffer, text } from "node:stream/consumers";

export interface CommandResult {
  /** 128 and the signal's number is not computed: a command ended by a signal has code -1. */
  readonly code: number;
  readonly stdout: string;
  /** Standard output as it came, for what is no text. */
  readonly bytes: Uint8Array;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly input?: string;
}

/** Runs a program as a person does, and resolves with what it said and how it ended; never rejects for its exit code. */
export async function runCommand(
  [program = "", ...argv]: readonly string[],
  { env, cwd, input }: CommandOptions,
): Promise<CommandResult> {
  const child = spawn(program, argv, { env, cwd, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => {}); // It may end before it has read all.
  child.stdin.end(input ?? "");
  const [bytes, stderr, [code]] = await Promise.all([
    buffer(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]).catch((error: Error) => {
    throw new Error(`${program} does not start (${error.message}): put it on the PATH.`);
  });
  return { code: code ?? -1, stdout: bytes.toString(), bytes, stderr };
}

/** The same, for a step that has to succeed: its standard output. */
export async function expectSuccess(running: Promise<CommandResult>): Promise<string> {
  const { code, stdout, stderr } = await running;
  if (code !== 0) throw new Error(`The command ended with ${code}.\n${stderr}${stdout}`);
  return stdout;
}
