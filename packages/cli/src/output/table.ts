import type { Output } from "../world.ts";
import { stripStyle } from "./style.ts";

/**
 * Rows beneath headers, as kubectl prints them: columns padded to the widest cell, three spaces between. A cell is one
 * line. At a terminal long cells are cut to make the table fit; in a pipe nothing is ever cut.
 */
export function renderTable(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  output: Pick<Output, "isTTY" | "columns">,
): string {
  const cells = [headers, ...rows].map((row) => headers.map((_, index) => toCell(row[index] ?? "")));
  const natural = headers.map((_, index) =>
    cells.reduce((widest, row) => Math.max(widest, widthOf(row[index] ?? "")), 0),
  );
  const widths = output.isTTY ? fit(natural, output.columns) : natural;
  return cells.map((row) => `${renderRow(row, widths)}\n`).join("");
}

const GAP = "   ";
const NARROWEST = 12;

function toCell(text: string): string {
  const line = text.replaceAll(/\s*[\r\n\t]+\s*/g, " ").trim();
  return line === "" ? "-" : line;
}

/** Takes from the widest column first, as long as one is wider than what is still readable. */
function fit(natural: readonly number[], available: number): readonly number[] {
  const widths = [...natural];
  let excess = sum(widths) + GAP.length * (widths.length - 1) - available;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) break;
    const second = Math.max(NARROWEST, ...widths.filter((width) => width < widest));
    const cut = Math.max(1, Math.min(excess, widest - second));
    widths[widths.indexOf(widest)] = widest - cut;
    excess -= cut;
  }
  return widths;
}

function renderRow(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, index) =>
      pad(cut(cell, widths[index] ?? 0), index === row.length - 1 ? 0 : (widths[index] ?? 0)),
    )
    .join(GAP)
    .trimEnd();
}

function cut(cell: string, width: number): string {
  if (widthOf(cell) <= width) return cell;
  return `${[...stripStyle(cell)].slice(0, Math.max(1, width - 1)).join("")}…`;
}

function pad(cell: string, width: number): string {
  return cell + " ".repeat(Math.max(0, width - widthOf(cell)));
}

function widthOf(cell: string): number {
  return [...stripStyle(cell)].length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
