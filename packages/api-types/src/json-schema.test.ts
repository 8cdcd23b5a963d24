import { describe, expect, test } from "vitest";
import { z } from "zod";
import { renderJsonSchema } from "./json-schema.ts";
import { resources } from "./resources.ts";
import { acceptedObjects } from "./testing/accepted-objects.ts";
import { cliObjects, otherObjects } from "./testing/stored-objects.ts";

const accepts = (object: { readonly kind: string }): boolean => {
  const resource = resources.find(({ kind }) => kind === object.kind);
  if (resource === undefined) throw new Error(`There is no kind ${object.kind}.`);
  return z.fromJSONSchema(renderJsonSchema(resource) as never).safeParse(object).success;
};

describe("the JSON Schema for editors", () => {
  test.each(resources)("of $kind has no keyword that only an API server knows", (resource) => {
    expect(JSON.stringify(renderJsonSchema(resource))).not.toMatch(/"(nullable|x-kubernetes-[^"]*)":/);
  });

  test.each([...Object.values(acceptedObjects), ...cliObjects(), ...otherObjects()].map((each) => [each]))(
    "marks nothing in an object that is accepted: $kind $metadata.name",
    (object) => {
      expect(accepts(object)).toBe(true);
    },
  );

  test("marks a field that nobody declared, and one of another type", () => {
    const { function: accepted } = acceptedObjects;
    expect(accepts({ ...accepted, spec: { ...accepted.spec, handlr: "a.b" } } as never)).toBe(false);
    expect(accepts({ ...accepted, spec: { ...accepted.spec, replicas: "2" } } as never)).toBe(false);
  });
});
