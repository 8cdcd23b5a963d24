import type { Verdict } from "./verdict.ts";

/** A verdict as a person reads it. */
export function render(verdict: Verdict): string {
  const { events, delivered, deadLettered, failed, duplicates, lost, violations } = verdict;
  const rows = verdict.perFault
    .filter((row) => row.duplicates > 0)
    .map((row) => `  ${String(row.duplicates).padStart(5)} of ${row.allowed} after ${row.fault}`);
  return [
    `${events} events: ${delivered} delivered, ${deadLettered} dead-lettered, ${failed} failed, ${lost} lost, ${duplicates} repeated`,
    ...rows,
    ...(violations.length === 0 ? ["Every promise was kept."] : violations.map((text) => `BROKEN: ${text}`)),
    "",
  ].join("\n");
}
