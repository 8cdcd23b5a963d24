import { expect, test } from "vitest";
import { printable } from "./printable.ts";

test.each([
  ["what colours a terminal", "\u001b[31mred\u001b[0m", "\\x1b[31mred\\x1b[0m"],
  ["what goes back in a line", "paid\rlost\u0008", "paid\\x0dlost\\x08"],
  ["what C1 has for the same", "\u009b31m", "\\x9b31m"],
  ["letters of any language, lines and tabs", "żółć 蛇 🐍\n\t-", "żółć 蛇 🐍\n\t-"],
])("%s is no more than text", (_, text, shown) => {
  expect(printable(text)).toBe(shown);
});
