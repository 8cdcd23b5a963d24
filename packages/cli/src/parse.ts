import { parseArgs } from "node:util";
import type { Arguments, Flag, Flags, Input } from "./command.ts";

/** What was typed does not fit the declaration; the message is one sentence. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** `-h` and `--help` are understood by every command. */
export const helpFlag: Flag = { type: "boolean", short: "h", description: "Show this help" };

/**
 * Checks what was typed against what a command declares, by the habits of cobra and pflag: `--flag value`,
 * `--flag=value`, `-f value`, `-fvalue`, `-f=value`, flags and arguments in any order, `--` ends the flags,
 * `--switch=false`.
 * @throws UsageError with every fault that was found, one a line (unknown flags first: what follows one is unclear).
 */
export function parse(argv: readonly string[], args: Arguments, flags: Flags): Input<Arguments, Flags> {
  const faults: string[] = [];
  const { given, positionals } = scan(argv, flags, faults);
  if (faults.length > 0) throw new UsageError(faults.join("\n"));
  const values = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, toValue(name, flag, given.get(name), faults)]),
  );
  const named = toArguments(args, positionals, faults);
  if (faults.length > 0) throw new UsageError(faults.join("\n"));
  return { arguments: named, flags: values } as Input<Arguments, Flags>;
}

/** Every flag that was typed with its values as text, and the arguments; nothing is checked but that flags exist. */
export function scan(
  argv: readonly string[],
  flags: Flags,
  faults: string[],
): { given: ReadonlyMap<string, readonly string[]>; positionals: readonly string[] } {
  const spellings = spellingsOf({ ...flags, help: helpFlag });
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      [...spellings].map(([spelling, { flag }]) => [spelling, lexed(spelling, flag)]),
    ),
    strict: false,
    tokens: true,
  });
  const given = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const known = spellings.get(token.name);
    if (known === undefined) {
      faults.push(`Unknown flag ${token.rawName}.${suggest(token.name, [...spellings.keys()], "--")}`);
      continue;
    }
    const value =
      token.inlineValue && token.rawName.length === 2 ? token.value?.replace(/^=/, "") : token.value;
    if (value === undefined && known.flag.type !== "boolean") {
      faults.push(`${token.rawName} needs a value.`);
      continue;
    }
    given.set(known.name, [...(given.get(known.name) ?? []), value ?? "true"]);
  }
  return { given, positionals };
}

/** Splits at commas; a value in double quotes keeps its commas and writes a quote twice (RFC 4180, as pflag does). */
export function splitList(text: string): readonly string[] {
  const items = text.match(/(?:"(?:[^"]|"")*"|[^,])+|(?<=,|^)(?=,|$)/g) ?? [];
  return items.map((item) =>
    item.startsWith('"') && item.endsWith('"') && item.length > 1
      ? item.slice(1, -1).replaceAll('""', '"')
      : item,
  );
}

/** Splits `k=v` or `k:v` at whichever separator comes first; without one the value is empty. */
export function splitPair(text: string): readonly [key: string, value: string] {
  const at = text.search(/[=:]/);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** ` Did you mean X?` when one of the candidates is near, else nothing. */
export function suggest(typed: string, candidates: readonly string[], prefix = ""): string {
  const near = candidates
    .map((candidate) => ({ candidate, distance: distanceBetween(typed, candidate) }))
    .filter(({ candidate, distance }) => distance <= 2 || (typed.length > 1 && candidate.startsWith(typed)))
    .sort((a, b) => a.distance - b.distance)[0];
  return near === undefined ? "" : ` Did you mean ${prefix}${near.candidate}?`;
}

interface Spelling {
  readonly name: string;
  readonly flag: Flag;
}

function spellingsOf(flags: Flags): ReadonlyMap<string, Spelling> {
  return new Map(
    Object.entries(flags).flatMap(([name, flag]) =>
      [name, ...(flag.aliases ?? [])].map((spelling) => [spelling, { name, flag }] as const),
    ),
  );
}

function lexed(spelling: string, flag: Flag) {
  const type = flag.type === "boolean" ? ("boolean" as const) : ("string" as const);
  const isAlias = flag.aliases?.includes(spelling) ?? false;
  return flag.short === undefined || isAlias ? { type } : { type, short: flag.short };
}

function toValue(name: string, flag: Flag, given: readonly string[] | undefined, faults: string[]): unknown {
  const fail = (fault: string) => void faults.push(fault);
  if (given === undefined) {
    if (flag.required) fail(`--${name} is required: ${lowerFirst(flag.description)}.`);
    return "default" in flag ? flag.default : undefined;
  }
  const last = given.at(-1) ?? "";
  switch (flag.type) {
    case "list":
      return given.flatMap(splitList).filter((item) => item !== "");
    case "repeated":
      return given;
    case "boolean":
      return toBoolean(name, last, fail);
    case "integer":
      return toInteger(name, flag, last, fail);
    case "string":
      if (flag.choices !== undefined && !flag.choices.includes(last))
        fail(`--${name} is one of ${flag.choices.join(", ")}, not ${JSON.stringify(last)}.`);
      return last;
  }
}

type Fail = (fault: string) => void;

function toBoolean(name: string, text: string, fail: Fail): boolean {
  if (!["true", "false", "1", "0"].includes(text))
    fail(`--${name} is true or false, not ${JSON.stringify(text)}.`);
  return text === "true" || text === "1";
}

function toInteger(
  name: string,
  { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number },
  text: string,
  fail: Fail,
): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  const range =
    max === Number.MAX_SAFE_INTEGER
      ? min === Number.MIN_SAFE_INTEGER
        ? "a whole number"
        : `a whole number, ${min} or more`
      : `a whole number from ${min} to ${max}`;
  fail(`--${name} is ${range}, not ${JSON.stringify(text)}.`);
  return value;
}

function toArguments(args: Arguments, positionals: readonly string[], faults: string[]): object {
  const entries = Object.entries(args);
  const variadic = entries.at(-1)?.[1].variadic ?? false;
  if (positionals.length > entries.length && !variadic)
    faults.push(
      `Unexpected argument ${JSON.stringify(positionals[entries.length])}: ${takes(entries.length)}.`,
    );
  return Object.fromEntries(
    entries.map(([name, argument], index) => {
      const value = argument.variadic ? positionals.slice(index) : positionals[index];
      if (argument.required && (value === undefined || value.length === 0))
        faults.push(`${name.toUpperCase()} is missing: ${lowerFirst(argument.description)}.`);
      return [name, value];
    }),
  );
}

function takes(count: number): string {
  return count === 0 ? "it takes none" : count === 1 ? "it takes one" : `it takes ${count}`;
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** Levenshtein's distance. */
function distanceBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
