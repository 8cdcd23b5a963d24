import type { World } from "./world.ts";

interface FlagCommon {
  /** One sentence without a full stop, as help and the reference show it. */
  readonly description: string;
  readonly short?: string;
  /** Other spellings that are accepted and not advertised. */
  readonly aliases?: readonly string[];
  /** What stands for the value in help: `FILE`, `SECONDS`. */
  readonly placeholder?: string;
  readonly required?: boolean;
  readonly complete?: Completion;
}

interface StringFlag extends FlagCommon {
  readonly type: "string";
  readonly default?: string;
  readonly choices?: readonly string[];
}
interface IntegerFlag extends FlagCommon {
  readonly type: "integer";
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
}
interface BooleanFlag extends FlagCommon {
  readonly type: "boolean";
  readonly default?: boolean;
}
/** May be repeated; each value is split at commas, quotes keep a comma (`--label a=1,b=2`). */
interface ListFlag extends FlagCommon {
  readonly type: "list";
}
/** May be repeated; each value is one item, commas and all. */
interface RepeatedFlag extends FlagCommon {
  readonly type: "repeated";
}

export type Flag = StringFlag | IntegerFlag | BooleanFlag | ListFlag | RepeatedFlag;
export type Flags = Readonly<Record<string, Flag>>;

type Present<F extends Flag, Value> = F extends { required: true } | { default: Value }
  ? Value
  : Value | undefined;

export type FlagValue<F extends Flag> = F extends StringFlag
  ? F extends { choices: readonly (infer Choice)[] }
    ? Choice | (F extends { default: string } | { required: true } ? never : undefined)
    : Present<F, string>
  : F extends IntegerFlag
    ? Present<F, number>
    : F extends BooleanFlag
      ? Present<F, boolean>
      : readonly string[] | (F extends { required: true } ? never : undefined);

export interface Argument {
  readonly description: string;
  readonly required?: boolean;
  /** Takes all that follow; only for the last argument. */
  readonly variadic?: boolean;
  readonly complete?: Completion;
}
export type Arguments = Readonly<Record<string, Argument>>;

type ArgumentValue<A extends Argument> = A extends { variadic: true }
  ? readonly string[]
  : A extends { required: true }
    ? string
    : string | undefined;

/** What was typed, checked against the declaration. A flag that was neither given nor has a default is undefined. */
export interface Input<A extends Arguments, F extends Flags> {
  readonly arguments: { readonly [Name in keyof A]: ArgumentValue<A[Name]> };
  readonly flags: { readonly [Name in keyof F]: FlagValue<F[Name]> };
}

/** Where the candidates of an argument or flag come from: the shell's own files, or names of objects in the cluster. */
export type Completion =
  | "files"
  | "directories"
  | ((context: CompletionContext) => Promise<readonly string[]>);

export interface CompletionContext {
  readonly world: World;
  /** The flags typed so far, as far as they can be understood. */
  readonly flags: Readonly<Record<string, unknown>>;
}

export interface Example {
  readonly what: string;
  readonly line: string;
}

/** One command as data. Parsing, help, usage errors, completion and the reference page all come from this. */
export interface Command<A extends Arguments = Arguments, F extends Flags = Flags> {
  /** What it does beyond its summary: defaults, order, what it does not touch. */
  readonly description?: string;
  readonly arguments: A;
  readonly flags: F;
  readonly examples: readonly Example[];
  /** The exit code; 0 when nothing is returned. Failures that one expects are thrown as `CliError`. */
  // A method, not a property, so that a command with known flags is a Command of any flags.
  run(input: Input<A, F>, world: World): Promise<number | undefined> | Promise<void>;
}

/** Keeps the names and types of arguments and flags for `run`. */
export function defineCommand<const A extends Arguments, const F extends Flags>(
  command: Command<A, F>,
): Command<A, F> {
  return command;
}

export interface CommandEntry {
  readonly summary: string;
  readonly aliases?: readonly string[];
  readonly hidden?: boolean;
  readonly load: () => Promise<Command>;
}

export interface CommandGroup {
  readonly summary: string;
  readonly aliases?: readonly string[];
  readonly commands: CommandTree;
}

export type CommandTree = Readonly<Record<string, CommandEntry | CommandGroup>>;

export function isGroup(node: CommandEntry | CommandGroup): node is CommandGroup {
  return "commands" in node;
}
