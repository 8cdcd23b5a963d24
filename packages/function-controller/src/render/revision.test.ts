import { functionResource, parseRevision } from "@kubeless/api-types";
import { describe, expect, it } from "vitest";
import { oldFunction, type WrittenFunction } from "../fixtures/functions.ts";
import { hashRevision, renderRevision } from "./revision.ts";

describe("a revision's hash", () => {
  it.each([
    ["code", { spec: { function: "other" } }],
    ["dependencies", { spec: { deps: "{}" } }],
    ["handler", { spec: { handler: "hello.bar" } }],
    ["content type", { spec: { "function-content-type": "base64" } }],
    ["checksum", { spec: { checksum: `sha256:${"0".repeat(64)}` } }],
    ["runtime", { spec: { runtime: "nodejs24" } }],
    ["timeout", { spec: { timeout: "10" } }],
    ["environment", { container: { env: [{ name: "A", value: "1" }] } }],
    ["port", { spec: { service: { ports: [{ port: 9090 }] } } }],
  ] satisfies [string, WrittenFunction][])("changes with the %s", (_, written) => {
    expect(hashRevision(specOf(written))).not.toBe(hashRevision(specOf({})));
  });

  it.each([
    ["annotations", { annotations: { team: "x" } }],
    ["the number of replicas", { spec: { replicas: 7 } }],
    ["zero values that other clients leave out", { container: { name: null, resources: null } }],
  ] satisfies [string, WrittenFunction][])("does not change with %s", (_, written) => {
    expect(hashRevision(specOf(written))).toBe(hashRevision(specOf({})));
  });

  it("does not depend on the order in which fields were written", () => {
    const spec = specOf({});
    const reversed = Object.fromEntries(Object.entries(spec).reverse()) as typeof spec;
    expect(hashRevision(reversed)).toBe(hashRevision(spec));
  });
});

describe("a revision's ConfigMap", () => {
  it("gives back the spec that it was made from", () => {
    const spec = specOf({ spec: { deps: '{"a":1}' }, container: { env: [{ name: "A", value: "1" }] } });
    const { data } = renderRevision("hello", spec) as unknown as { data: Record<string, string> };
    const restored = { ...specOf({}), ...parseRevision(data) };
    expect(restored).toMatchObject({
      function: spec.function,
      deps: spec.deps,
      handler: spec.handler,
      timeout: spec.timeout,
    });
    expect(hashRevision(restored)).toBe(hashRevision(spec));
  });

  it("says which fields the revision did not set, so that a rollback removes them", () => {
    const { data } = renderRevision("hello", specOf({})) as unknown as { data: Record<string, string> };
    expect(parseRevision(data)).toHaveProperty("deps", undefined);
    expect(parseRevision(data)).toHaveProperty("checksum", undefined);
  });
});

function specOf(written: WrittenFunction) {
  const parsed = functionResource.parse(oldFunction(written));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.value.spec;
}
