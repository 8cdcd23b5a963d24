import type { World } from "../world.ts";

/** Colours for a person at a terminal; for everybody else each returns its text unchanged. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** Colour only at a terminal, and not when `NO_COLOR` is set (https://no-color.org) or the terminal is dumb. */
export function createStyle(output: { readonly isTTY: boolean }, environment: World["environment"]): Style {
  const coloured = output.isTTY && !environment.NO_COLOR && environment.TERM !== "dumb";
  const paint = (code: number, end: number) => (text: string) =>
    coloured && text !== "" ? `\u001b[${code}m${text}\u001b[${end}m` : text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  };
}

/** The text without what colours it: what counts for its width. */
export function stripStyle(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
  return text.replace(/\u001b\[[\d;]*m/g, "");
}

/** Text of somebody else's, with what commands a terminal shown as kubectl shows it: a function decides what it answers. */
export function escapeTerminal(text: string): string {
  return text.replaceAll("\u001b", "^[").replaceAll("\r", "\\r");
}
