import { expect, test } from "vitest";
import { renderConditions } from "./conditions.ts";
import { createStyle } from "./style.ts";

const plain = createStyle({ isTTY: false }, {});

test("what a function answered is shown, and does not command the terminal", () => {
  const message = "it answered 500: \u001b]0;mine\u0007\u001b[2J gone\r\nover";
  const condition = { type: "LastRunSucceeded", status: "False", reason: "LastRunFailed", message } as const;
  const rendered = renderConditions([condition], new Date("2026-01-01T00:00:00Z"), plain);
  for (const command of ["\u001b", "\r"]) expect(rendered).not.toContain(command);
  expect(rendered).toContain("it answered 500: ^[]0;mine");
  expect(rendered).toContain("\n      over");
});
