/** What brings a function's code into its pod, one init container each, in this order. */
export type Phase = "prepare" | "install" | "compile";

const PHASES: readonly Phase[] = ["prepare", "install", "compile"];

/**
 * What a phase's container is called: as Kubeless 1.0.x called it, unless a container of the user's has that name. The
 * function's own container always has the function's name, so a function may be called `install`.
 */
export function toPhaseName(phase: Phase, others: readonly (string | undefined)[]): string {
  return others.includes(phase) ? toLongName(phase) : phase;
}

/** The phase that an init container of this name is, among the names of all containers of its pod. */
export function phaseOf(name: string, all: readonly string[]): Phase | undefined {
  return PHASES.find((phase) => name === (all.includes(toLongName(phase)) ? toLongName(phase) : phase));
}

function toLongName(phase: Phase): string {
  return `kubeless-${phase}`;
}
