import { basename, isAbsolute } from "node:path";
import type { ImageEntry } from "./node-agent.ts";
import type { Container } from "./pod.ts";

/** The first entry of the table that matches, or undefined when this machine cannot run the image. */
export function findImage(images: readonly ImageEntry[], reference: string): ImageEntry | undefined {
  const name = shortName(reference);
  return images.find(({ image }) =>
    typeof image === "string" ? shortName(image) === name : image.test(reference),
  );
}

/** Why an image cannot be run here and what can, in one sentence each. */
export function unknownImageMessage(images: readonly ImageEntry[], reference: string): string {
  const known = images.map(({ image }) => (typeof image === "string" ? image : `/${image.source}/`));
  return (
    `image "${reference}" cannot be run here: pods of this local cluster are processes, not containers. ` +
    (known.length === 0 ? "Its image table is empty." : `It can run: ${known.join(", ")}.`)
  );
}

/** The program an image cannot start; the message says which ones it can. */
class ProgramError extends Error {}

/** What to start on the host for a container's command and arguments. Throws ProgramError. */
export function resolveCommand(
  entry: ImageEntry,
  container: Container,
  isInPod: (path: string) => boolean,
): string[] {
  if (container.command === undefined || container.command.length === 0) {
    const args = container.args ?? entry.args ?? [];
    if (entry.command !== undefined && !isHandedOver(entry, args)) return [...entry.command, ...args];
    if (args.length > 0) return resolveProgram(entry, args, isInPod);
    throw new ProgramError(
      `image "${container.image}" has no command of its own here; name one in "command"`,
    );
  }
  return [...resolveProgram(entry, container.command, isInPod), ...(container.args ?? [])];
}

function isHandedOver({ handsOver, programs = {} }: ImageEntry, [program = ""]: readonly string[]): boolean {
  return handsOver === true && Object.hasOwn(programs, program);
}

/** A command line whose first word is one of the entry's programs, or a file in one of the pod's own volumes. */
export function resolveProgram(
  entry: ImageEntry,
  command: readonly string[],
  isInPod: (path: string) => boolean,
): string[] {
  const [program = "", ...rest] = command;
  const known = entry.programs ?? {};
  const host = Object.hasOwn(known, program) ? known[program] : known[basename(program)];
  if (host !== undefined) return [...host, ...rest];
  if (isAbsolute(program) && isInPod(program)) return [program, ...rest];
  const names = Object.keys(known);
  throw new ProgramError(
    `exec: "${program}": executable file not found: ${
      names.length === 0
        ? "this image runs only its own command here"
        : `this image can run: ${names.join(", ")}`
    }`,
  );
}

/** `docker.io/library/node:24@sha256:…` → `node`. */
function shortName(reference: string): string {
  const name = reference.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
  return name.replace(/^docker\.io\//, "").replace(/^library\//, "");
}
