import { type ChildProcess, spawn } from "node:child_process";
import { get } from "node:http";
import type { Step } from "./transcript.ts";

/** Where the clients are that command lines begin with; any other program is the machine's. */
export interface Programs {
  readonly kubectl: string;
  readonly helm: string;
}

export interface Surroundings {
  readonly programs: Programs;
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a step's command to its end; one that would not end, until it has said what it is waited for. */
export async function execute(step: Step, around: Surroundings): Promise<Ended> {
  const [program = "", ...args] = splitWords(step.run);
  const child = spawn(around.programs[program as keyof Programs] ?? program, args, {
    cwd: around.folder,
    env: { ...around.env, ...step.env },
    timeout: 90_000,
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(step.stdin ?? "");
  const ended = collect(child);
  if (step.until === undefined) return ended;
  await firstOutput(child);
  let fetched = "";
  if (step.fetch !== undefined) fetched = await fetchForwarded(ended.stdout(), step.fetch);
  for (const command of step.meanwhile ?? []) await execute({ run: command }, around);
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
