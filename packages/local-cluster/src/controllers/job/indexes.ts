import type { Pod } from "../../node/pod.ts";

export const indexName = "batch.kubernetes.io/job-completion-index";

/** The completion index of a pod of an Indexed job, when it is one of the job's. */
export function indexOf(pod: Pod, completions: number): number | undefined {
  const text = pod.metadata.annotations?.[indexName];
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  const index = Number(text);
  return index < completions ? index : undefined;
}

/** `status.completedIndexes`: `0,2-4` is 0, 2, 3, 4. What lies beyond the completions is dropped. */
export function parseIndexes(text: string | undefined, completions: number): Set<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? "").split(",").filter((it) => it !== "")) {
    const [first = 0, last = first] = part.split("-").map(Number);
    for (let index = first; index <= Math.min(last, completions - 1); index += 1) indexes.add(index);
  }
  return indexes;
}

/** Three and more in a row, and two as well, are written as a range: `0,2-4`. */
export function formatIndexes(indexes: Iterable<number>): string {
  const ranges: [number, number][] = [];
  for (const index of [...indexes].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === index - 1) last[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}

/** The lowest indexes that nothing has done and nothing is doing. */
export function nextIndexes(
  count: number,
  completions: number,
  done: ReadonlySet<number>,
  busy: ReadonlySet<number>,
): number[] {
  const indexes: number[] = [];
  for (let index = 0; index < completions && indexes.length < count; index += 1) {
    if (!done.has(index) && !busy.has(index)) indexes.push(index);
  }
  return indexes;
}
