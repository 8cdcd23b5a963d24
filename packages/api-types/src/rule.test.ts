import { describe, expect, test } from "vitest";
import { z } from "zod";
import { escapeName } from "./rule.ts";
import { createRuleChecker } from "./rule-checker.ts";
import { toStructuralSchema } from "./structural-schema.ts";

/** As the API server has them: https://kubernetes.io/docs/reference/using-api/cel/#escaping and the lexer of CEL itself. */
const reserved = [
  ...["true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if"],
  ...["import", "let", "loop", "package", "namespace", "return", "var", "void", "while"],
];

describe("a field whose name is", () => {
  test.each(reserved)("%s, a word of CEL's own, is read by its escaped name", (name) => {
    expect(escapeName(name)).toBe(`__${name}__`);
    const rule = { rule: `self.__${name}__ == 'good'`, message: "write good" };
    const schema = z.object({ [name]: z.string() }).meta({ "x-kubernetes-validations": [rule] });
    const check = createRuleChecker(toStructuralSchema(schema));
    expect(check({ [name]: "good" })).toEqual([]);
    expect(check({ [name]: "bad" })).toEqual([expect.objectContaining({ message: "write good" })]);
  });

  test.each([
    ["host-name", "host__dash__name"],
    ["tls.crt", "tls__dot__crt"],
    ["kubeless.io/function", "kubeless__dot__io__slash__function"],
    ["a__b", "a__underscores__b"],
    ["functions", "functions"],
    ["whileAway", "whileAway"],
  ])("%s is read as %s", (name, escaped) => {
    expect(escapeName(name)).toBe(escaped);
  });
});
