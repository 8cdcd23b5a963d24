import { expect, test } from "vitest";
import { checkTrigger, newTrigger } from "./trigger-object.ts";

test("what was wrong with a stored trigger may stay, and only what is new is told", () => {
  const withSpec = (spec: object) => newTrigger("http", "default", "old", { "function-name": "f", ...spec });
  const before = withSpec({ "host-name": "http://a/" });
  expect(() => checkTrigger(withSpec({ "host-name": "http://a/", path: "x" }), before)).not.toThrow();
  const told = () => checkTrigger(withSpec({ "host-name": "http://a/", path: "a b" }), before);
  expect(told).toThrow("spec.path");
  expect(told).not.toThrow("spec.host-name");
  expect(() => checkTrigger(before)).toThrow("spec.host-name");
});
