import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isTooOld, oldestNode } from "./node-version.ts";

describe("the Node that functions are served with", () => {
  it.each([
    ["20.20.2", true],
    ["22.9.0", true],
    ["22.18.9", true],
    ["22.19.0", false],
    ["23.0.0", false],
    ["24.21.0", false],
    ["100.0.0", false],
  ])("%s is too old: %s", (version, tooOld) => {
    expect(isTooOld(version)).toBe(tooOld);
  });

  it("is the one that package.json asks for", () => {
    const { engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    expect(engines.node).toBe(`>=${oldestNode}`);
  });
});
