import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Environment } from "@marcbachmann/cel-js";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { conditionTypes } from "./conditions.ts";
import { generatedFiles } from "./generated-files.ts";
import { resources } from "./resources.ts";
import { compileRule, type Rule } from "./rule.ts";
import { type StructuralSchema, toStructuralSchema } from "./structural-schema.ts";

const rootOf = (resource: (typeof resources)[number]): StructuralSchema =>
  resource.crd().spec.versions[0]?.schema.openAPIV3Schema ?? {};

const allRules = resources.flatMap((resource) => rulesOf(rootOf(resource), resource.kind));

describe("CRDs", () => {
  test.each([...generatedFiles()])("%s is what its generator writes", (path, text) => {
    expect(readFileSync(join(import.meta.dirname, "..", path), "utf8")).toBe(text);
  });

  test.each(resources)("$kind describes every field of ours", (resource) => {
    const { metadata: _theirs, ...ours } = rootOf(resource).properties ?? {};
    expect(undescribed({ properties: ours })).toEqual([]);
  });

  test.each(resources)(
    "$kind leaves defaults to the parser, so that nothing stored is rewritten",
    (resource) => {
      expect(JSON.stringify(resource.crd())).not.toContain('"default":');
    },
  );

  test("every kind has conditions, a category, short names and a Ready column", () => {
    expect(resources.map(({ kind }) => kind).sort()).toEqual(Object.keys(conditionTypes).sort());
    expect(new Set(resources.flatMap(({ shortNames }) => shortNames)).size).toBe(
      resources.flatMap(({ shortNames }) => shortNames).length,
    );
    for (const resource of resources) {
      expect(resource.crd().spec.names.categories).toEqual(["kubeless"]);
      expect(resource.crd().spec.versions[0]?.additionalPrinterColumns.map(({ name }) => name)).toContain(
        "Reason",
      );
    }
  });
});

describe("rules", () => {
  test.each(allRules)(
    "%s: %s is understood by the evaluator that local clusters use",
    (_where, _rule, rule) => {
      expect(() => compileRule(rule)).not.toThrow();
      const environment = new Environment({ enableOptionalTypes: true })
        .registerVariable("self", "dyn")
        .registerVariable("oldSelf", rule.optionalOldSelf === true ? "optional<dyn>" : "dyn");
      expect(environment.parse(rule.rule).check()).toMatchObject({ valid: true });
    },
  );
});

describe("what a CRD cannot say", () => {
  test.each([
    ["a union", z.object({ a: z.union([z.string(), z.number()]) }), "anyOf"],
    ["a pattern, which rules say with a message", z.object({ a: z.string().regex(/a/) }), "pattern"],
  ])("%s is refused when the CRD is generated", (_what, schema, keyword) => {
    expect(() => toStructuralSchema(schema)).toThrow(`.a: a CRD cannot say "${keyword}"`);
  });
});

function rulesOf(schema: StructuralSchema, path: string): [string, string, Rule][] {
  const own = (schema["x-kubernetes-validations"] ?? []).map((rule): [string, string, Rule] => [
    path,
    rule.rule,
    rule,
  ]);
  const below = Object.entries({
    ...schema.properties,
    ...(schema.items && { "[]": schema.items }),
    ...(schema.additionalProperties && { "*": schema.additionalProperties }),
  });
  return [...own, ...below.flatMap(([name, child]) => rulesOf(child, `${path}.${name}`))];
}

function undescribed(schema: StructuralSchema, prefix = ""): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    ...(field.description ? [] : [`${prefix}${name}`]),
    ...undescribed(field.items ?? field, `${prefix}${name}.`),
  ]);
}
