import type { Notes } from "./parts.ts";

/** Before a note's name, in the annotations of a part's Lease. */
const PREFIX = "note.kubeless.io/";

type Annotations = Readonly<Record<string, string>>;

/** The notes among a Lease's annotations. */
export function toNotes(annotations: Annotations): Notes {
  const own = Object.entries(annotations).filter(([key]) => key.startsWith(PREFIX));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(PREFIX.length), value]));
}

/** What turns annotations with the notes `before` into annotations with `notes`: undefined ones are to be removed. */
export function toAnnotations(before: Notes, notes: Notes): Readonly<Record<string, string | undefined>> {
  const gone = Object.keys(before).map((name) => [PREFIX + name, undefined] as const);
  const now = Object.entries(notes).map(([name, value]) => [PREFIX + name, value] as const);
  return Object.fromEntries([...gone, ...now]);
}
