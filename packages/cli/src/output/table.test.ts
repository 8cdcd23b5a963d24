import { describe, expect, test } from "vitest";
import { createStyle } from "./style.ts";
import { renderTable } from "./table.ts";

const pipe = { isTTY: false, columns: 20 };
const terminal = (columns: number) => ({ isTTY: true, columns });

describe("a table", () => {
  test("is aligned, with - for what is empty, and each row is one line", () => {
    expect(
      renderTable(
        ["NAME", "TEXT"],
        [
          ["a", "one\ntwo"],
          ["longer", ""],
        ],
        pipe,
      ),
    ).toBe("NAME     TEXT\na        one two\nlonger   -\n");
  });

  test("is never cut in a pipe", () => {
    const long = "x".repeat(200);
    expect(renderTable(["A", "B"], [[long, long]], pipe)).toContain(`${long}   ${long}`);
  });

  test("is cut at its widest columns to fit a terminal, and no line is longer", () => {
    const table = renderTable(
      ["NAME", "WIDE", "WIDER"],
      [["hello", "y".repeat(40), "x".repeat(80)]],
      terminal(60),
    );
    expect(Math.max(...table.split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(table).toMatch(/^hello {3}y+…? {3}x+…$/m);
  });

  test("stays readable where it cannot fit", () => {
    expect(renderTable(["A", "B"], [["x".repeat(50), "y".repeat(50)]], terminal(10))).toContain(
      `${"x".repeat(11)}…`,
    );
  });

  test("is aligned by what is seen, not by what colours it", () => {
    const { green } = createStyle({ isTTY: true }, {});
    const [head = "", row = ""] = renderTable(
      ["STATUS", "AGE"],
      [[green("READY!!"), "1s"]],
      terminal(80),
    ).split("\n");
    expect(row.replaceAll(green("READY!!"), "READY!!").indexOf("1s")).toBe(head.indexOf("AGE"));
  });

  test("without rows is its headers", () => {
    expect(renderTable(["A", "B"], [], pipe)).toBe("A   B\n");
  });
});

test("a table may have more rows than a function can have arguments", () => {
  const rows = Array.from({ length: 200_000 }, (_, index) => [String(index)]);
  const table = renderTable(["ID"], rows, { isTTY: false, columns: 80 });
  expect(table.trimEnd().split("\n")).toHaveLength(200_001);
});
