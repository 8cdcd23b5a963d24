export type { Cluster, ClusterTarget } from "./cluster.ts";
export {
  type Argument,
  type Arguments,
  type Command,
  type CommandEntry,
  type CommandGroup,
  type CommandTree,
  type Completion,
  type CompletionContext,
  defineCommand,
  type Example,
  type Flag,
  type Flags,
  type FlagValue,
  type Input,
} from "./command.ts";
export { CliError, type ErrorCode, errors } from "./errors.ts";
export { run } from "./run.ts";
export { commandTree } from "./tree.ts";
export type { Output, World } from "./world.ts";
