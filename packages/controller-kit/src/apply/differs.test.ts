import { describe, expect, it } from "vitest";
import { findDifference } from "./differs.ts";
import { isSameQuantity, toAmount } from "./quantity.ts";

describe("a rendered leaf equals the live one", () => {
  it.each([
    ["what the API server added is not looked at", { spec: { a: 1 } }, { spec: { a: 1, b: 2 } }],
    ["an empty value equals an absent one", { env: [], labels: {}, text: "" }, {}],
    [
      "quantities are compared by amount",
      { limits: { cpu: "1000m", memory: "1Gi" } },
      { limits: { cpu: "1", memory: "1024Mi" } },
    ],
    [
      "entries of a named list are found by name",
      { env: [{ name: "B", value: "2" }] },
      { env: [{ name: "A" }, { name: "B", value: "2" }] },
    ],
    [
      "a port's protocol is TCP unless it is said",
      { ports: [{ port: 80 }] },
      { ports: [{ port: 80, protocol: "TCP" }] },
    ],
    ["a zero that the API server does not store is absent", { hostNetwork: false }, {}],
    ["what is only written is not compared", { stringData: { a: "b" } }, {}],
  ])("%s", (_, rendered, live) => {
    expect(findDifference(rendered, live)).toBeUndefined();
  });
});

describe("a difference is named by its path", () => {
  it.each([
    [{ spec: { a: 1 } }, { spec: { a: 2 } }, "spec.a"],
    [{ env: [{ name: "A", value: "1000m" }] }, { env: [{ name: "A", value: "1" }] }, "env.0.value"],
    [{ command: ["a"] }, { command: ["a", "b"] }, "command"],
    [{ command: ["a", "b"] }, { command: ["b", "a"] }, "command.0"],
    [{ replicas: 0 }, {}, "replicas"],
    [{ text: "" }, { text: "by hand" }, "text"],
    [{ env: [{ name: "A" }] }, { env: null }, "env.0"],
  ])("%j against %j", (rendered, live, path) => {
    expect(findDifference(rendered, live)).toBe(path);
  });
});

it("reads quantities as Kubernetes writes them, and nothing else", () => {
  expect(["100m", "1Ki", "1.5", ".5", "2e3", "-1", 3].map(toAmount)).toEqual([
    0.1, 1024, 1.5, 0.5, 2000, -1, 3,
  ]);
  expect(["", "x", "1 Gi", "1gi", null, {}].map(toAmount)).toEqual(Array(6).fill(undefined));
  expect(isSameQuantity("x", "x")).toBe(false);
});
