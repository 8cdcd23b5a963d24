import type { Style } from "./style.ts";

/** Names and values beneath each other, the values aligned; values that are empty are left out. */
export function renderRecord(
  rows: readonly (readonly [name: string, value: string])[],
  style: Style,
): string {
  const present = rows.filter(([, value]) => value !== "");
  const width = Math.max(0, ...present.map(([name]) => name.length)) + 1;
  return present
    .map(([name, value]) => {
      const [first = "", ...rest] = value.split("\n");
      const indent = " ".repeat(width + 2);
      return [`${style.bold(`${name}:`.padEnd(width))}  ${first}`, ...rest.map((line) => indent + line)].join(
        "\n",
      );
    })
    .map((line) => `${line}\n`)
    .join("");
}
