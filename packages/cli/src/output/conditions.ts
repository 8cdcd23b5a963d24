import type { Reason } from "@kubeless/api-types";
import type { Condition } from "../function/function-object.ts";
import { formatAge } from "./age.ts";
import { escapeTerminal, type Style } from "./style.ts";

/** Reasons whose message is worth reading though all is well. */
const worthKnowing: ReadonlySet<string> = new Set<Reason>(["RuntimeNote", "SourceNotPinned", "Suspended"]);

/** A line per condition: a mark, what it is about, why, since when; the message beneath when it is not all well. */
export function renderConditions(conditions: readonly Condition[], now: Date, style: Style): string {
  const width = Math.max(0, ...conditions.map(({ type }) => type.length));
  return conditions
    .map(({ type, status, reason, message, lastTransitionTime }) => {
      const mark =
        status === "True" ? style.green("✓") : status === "False" ? style.red("✗") : style.yellow("…");
      const age = formatAge(lastTransitionTime, now);
      const head = `  ${mark} ${type.padEnd(width)}  ${reason ?? status}${age === "" ? "" : style.dim(` (${age})`)}`;
      const isWorthSaying = message && (status !== "True" || worthKnowing.has(reason ?? ""));
      const said = isWorthSaying ? escapeTerminal(message).trim().replaceAll("\n", "\n      ") : "";
      return said === "" ? head : `${head}\n      ${said}`;
    })
    .map((line) => `${line}\n`)
    .join("");
}
