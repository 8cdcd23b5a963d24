/** One command of the transcript, run in the chapter's folder and namespace. */
export interface Step {
  /** A command line: words, with '…' and "…" as in a shell; there is no shell. */
  readonly run: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** For what runs until it is ended: it is ended when its output holds this. */
  readonly until?: string;
  /** Commands run once `until`'s command has written its first line. */
  readonly meanwhile?: readonly string[];
  /** For port-forward: the path asked through the forwarded port, once it is. */
  readonly fetch?: string;
  /** What is said on the way differs from run to run: only the last line is compared. */
  readonly lastLine?: boolean;
  /** What is said depends on who is faster: only the exit code is compared. */
  readonly codeOnly?: boolean;
  /** A real cluster takes a while to get there: run again until it succeeds, for half a minute. */
  readonly eventually?: boolean;
  /** Lines come in any order: they are compared sorted. */
  readonly unordered?: boolean;
}

/** Commands that build on each other, in a namespace and a folder of their own. */
export interface Chapter {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  readonly steps: readonly (string | Step)[];
}

/** What one command said, with what differs from run to run taken out. */
export interface Entry {
  readonly command: string;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** By the chapters' titles, what was said, command by command, as `renderEntry` has it. */
export type Transcript = ReadonlyMap<string, readonly string[]>;

export function toStep(step: string | Step): Step {
  return typeof step === "string" ? { run: step } : step;
}

/** As text for people and for diffs: a golden file's form. */
export function renderTranscript(transcript: Transcript): string {
  return [...transcript].map(([title, entries]) => `# ${title}\n\n${entries.join("\n")}`).join("\n");
}

export function renderEntry({ command, code, stdout, stderr }: Entry): string {
  const lines = [
    `$ ${command}`,
    ...prefixed("  ", stdout),
    ...prefixed("! ", stderr),
    ...(code === 0 ? [] : [`= ${code}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function prefixed(prefix: string, text: string): string[] {
  return text === ""
    ? []
    : text
        .replace(/\n$/, "")
        .split("\n")
        .map((line) => prefix + line);
}

/** The inverse of renderTranscript: what a golden file holds. */
export function parseTranscript(text: string): Transcript {
  const chapters = new Map<string, string[]>();
  let entries: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("# ")) {
      entries = [];
      chapters.set(line.slice(2), entries);
    } else if (line.startsWith("$ ")) entries.push(`${line}\n`);
    else if (line !== "") entries.push(`${entries.pop() ?? ""}${line}\n`);
  }
  return chapters;
}
