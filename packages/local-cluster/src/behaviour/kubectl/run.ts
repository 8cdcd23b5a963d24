import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { load } from "js-yaml";
import { normalise, type RunNames } from "./normalise.ts";
import { type Chapter, type ChapterTranscript, type Entry, type Step, toStep } from "./transcript.ts";

interface Run {
  readonly names: RunNames;
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs every chapter with this kubectl, one after the other; the cluster is left as it was found. */
export async function recordTranscript(
  chapters: readonly Chapter[],
  kubectl: string,
  kubeconfig: string,
  onStep: (command: string) => void = () => undefined,
): Promise<ChapterTranscript[]> {
  const transcripts: ChapterTranscript[] = [];
  for (const chapter of chapters) transcripts.push(await recordChapter(chapter, kubectl, kubeconfig, onStep));
  return transcripts;
}

async function recordChapter(
  chapter: Chapter,
  kubectl: string,
  kubeconfig: string,
  onStep: (command: string) => void,
): Promise<ChapterTranscript> {
  const folder = mkdtempSync(join(tmpdir(), "transcript-"));
  const namespace = `transcript-${randomBytes(4).toString("hex")}x`;
  const configPath = join(folder, ".kube", "config");
  mkdirSync(dirname(configPath));
  writeFileSync(configPath, readFileSync(kubeconfig), { mode: 0o600 });
  for (const [name, text] of Object.entries(chapter.files)) writeFileSync(join(folder, name), text);
  const env = { ...process.env, KUBECONFIG: configPath, KUBECACHEDIR: join(folder, ".cache"), PWD: folder };
  const names = { namespace, folder, server: serverOf(kubeconfig), node: "nothing-yet" };
  const must = async (command: string) => {
    const ended = await execute({ run: command }, kubectl, { names, env });
    if (ended.code !== 0) throw new Error(`${command}: ${ended.stderr}`);
    return ended.stdout;
  };
  try {
    const node = (await must("kubectl get nodes -o jsonpath={.items[0].metadata.name}")).trim();
    await must(`kubectl create namespace ${namespace}`);
    await must(`kubectl config set-context --current --namespace ${namespace}`);
    await must("kubectl wait --for=create serviceaccount/default --timeout=30s");
    const run = { names: { ...names, node }, env };
    const entries: Entry[] = [];
    for (const step of chapter.steps.map(toStep)) {
      onStep(step.run);
      entries.push(await recordStep(step, kubectl, run));
    }
    return { title: chapter.title, entries };
  } finally {
    await must(`kubectl delete namespace ${namespace} --ignore-not-found --wait=false`);
    rmSync(folder, { recursive: true });
  }
}

async function recordStep(step: Step, kubectl: string, run: Run): Promise<Entry> {
  const { namespace, node } = run.names;
  const command = step.run.replaceAll("NAMESPACE", namespace).replaceAll("NODE", node);
  const ended = await execute({ ...step, run: command }, kubectl, run);
  const tidy = (text: string) => {
    if (step.codeOnly) return "";
    const lines = normalise(step.lastLine ? lastLineOf(text) : text, run.names);
    return step.unordered ? lines.split("\n").filter(Boolean).sort().join("\n") : lines;
  };
  return {
    command: step.run,
    code: ended.code,
    stdout: tidy(ended.stdout),
    stderr: tidy(ended.stderr),
  };
}

function lastLineOf(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}

async function execute(step: Step, kubectl: string, run: Run): Promise<Ended> {
  const [program = "", ...args] = splitWords(step.run);
  const child = spawn(program === "kubectl" ? kubectl : program, args, {
    cwd: run.names.folder,
    env: { ...run.env, ...step.env },
    timeout: 90_000,
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(step.stdin ?? "");
  const ended = collect(child);
  if (step.until === undefined) return ended;
  await firstOutput(child);
  let fetched = "";
  if (step.fetch !== undefined) fetched = await fetchForwarded(ended.stdout(), step.fetch);
  for (const command of step.meanwhile ?? []) await execute({ run: command }, kubectl, run);
  await ended.saw(step.until);
  child.kill("SIGTERM");
  const { stdout, stderr } = await ended;
  return { code: 0, stdout: stdout.replace(/^Handling connection.*\n/gm, "") + fetched, stderr };
}

type Collecting = Promise<Ended> & { stdout(): string; saw(text: string): Promise<void> };

function collect(child: ChildProcess): Collecting {
  const texts = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.on("data", (part: Buffer) => {
      texts[name] += part.toString();
      tell();
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      resolve({ code: code ?? (signal === null ? 1 : 128), ...texts });
      tell();
    });
  });
  const saw = (text: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!texts.stdout.includes(text) && child.exitCode === null && child.signalCode === null) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
    });
  return Object.assign(ended, { stdout: () => texts.stdout, saw });
}

/** Resolves when the command has written something, or has ended. */
function firstOutput(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.stdout?.once("data", () => resolve());
    child.once("close", () => resolve());
  });
}

function fetchForwarded(said: string, path: string): Promise<string> {
  const [, port] = /127\.0\.0\.1:(\d+)/.exec(said) ?? [];
  return new Promise((resolve) => {
    get(`http://127.0.0.1:${port}${path}`, { agent: false }, (response) => {
      let text = `HTTP ${response.statusCode} `;
      response.on("data", (part: Buffer) => {
        text += part.toString();
      });
      response.on("end", () => resolve(text));
    }).on("error", (error) => resolve(String(error)));
  });
}

/** Splits as a shell does, for plain words and both kinds of quotes. */
export function splitWords(line: string): string[] {
  const words = line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  return words.map((word) => word.replace(/'([^']*)'|"([^"]*)"/g, (_all, one, two) => one ?? two));
}

function serverOf(kubeconfig: string): string {
  const config = load(readFileSync(kubeconfig, "utf8")) as {
    clusters: { cluster: { server: string } }[];
  };
  return config.clusters[0]?.cluster.server ?? "";
}
