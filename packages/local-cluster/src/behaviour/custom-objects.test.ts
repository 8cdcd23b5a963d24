import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCluster, type TestCluster } from "./cluster.ts";
import { definitions, serveDefinition } from "./serve-definition.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG;

const schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      required: ["size"],
      "x-kubernetes-validations": [
        { rule: "!has(self.most) || self.size <= self.most", message: "size must not be above most" },
      ],
      properties: {
        size: { type: "integer", minimum: 0, maximum: 10 },
        most: { type: "integer" },
        color: { type: "string", enum: ["red", "green"], default: "red" },
        name: { type: "string", pattern: "^[a-z]+$", maxLength: 5 },
        note: { type: "string", nullable: true },
        port: { "x-kubernetes-int-or-string": true },
        any: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        fixed: {
          type: "string",
          "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "fixed is immutable" }],
        },
        tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set", maxItems: 3 },
      },
    },
    status: { type: "object", properties: { phase: { type: "string" } } },
  },
};

describe(`custom objects on ${kubeconfig === undefined ? "local-cluster" : "the cluster of KUBELESS_TEST_KUBECONFIG"}`, () => {
  let cluster: TestCluster;
  let group: string;
  let path: string;
  beforeAll(async () => {
    cluster = await openCluster(kubeconfig);
    group = `${cluster.namespace}.example.com`;
    path = `/apis/${group}/v1/namespaces/${cluster.namespace}/widgets`;
    await serveDefinition(cluster, definition(group, schema));
  });
  afterAll(async () => {
    await cluster.send("DELETE", `${definitions}/widgets.${group}`);
    await cluster.stop();
  });
  const create = (name: string, spec: object) =>
    cluster.send("POST", path, { apiVersion: `${group}/v1`, kind: "Widget", metadata: { name }, spec });

  test("unknown fields are pruned, defaults filled in, and what is declared open is kept", async () => {
    const { body } = await create("plain", {
      size: 1,
      unknown: true,
      any: { x: [1] },
      note: null,
      port: "http",
    });
    expect(body.spec).toEqual({ size: 1, any: { x: [1] }, note: null, port: "http", color: "red" });
    expect(body.metadata.generation).toBe(1);
  });

  test.each([
    [
      "a number out of range",
      { size: 11 },
      "spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10",
    ],
    [
      "a wrong type",
      { size: "1" },
      'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
    ],
    ["a missing field", {}, "spec.size: Required value"],
    [
      "a value not in the list",
      { size: 1, color: "blue" },
      'spec.color: Unsupported value: "blue": supported values: "red", "green"',
    ],
    [
      "a text that does not match",
      { size: 1, name: "A" },
      "spec.name: Invalid value: \"A\": spec.name in body should match '^[a-z]+$'",
    ],
    [
      "a text that is too long",
      { size: 1, name: "abcdef" },
      "spec.name: Too long: may not be more than 5 bytes",
    ],
    ["a duplicate in a set", { size: 1, tags: ["a", "a"] }, 'spec.tags[1]: Duplicate value: "a"'],
    [
      "too many items",
      { size: 1, tags: ["a", "b", "c", "d"] },
      "spec.tags: Too many: 4: must have at most 3 items",
    ],
    ["a broken rule", { size: 3, most: 2 }, 'spec: Invalid value: "object": size must not be above most'],
  ])("%s is refused in the words of the API server", async (_what, spec, words) => {
    const { code, body } = await create("bad", spec);
    expect(code).toBe(422);
    expect(body.reason).toBe("Invalid");
    expect(body.message).toContain(words);
  });

  test("a transition rule compares with what was stored", async () => {
    await create("fixed", { size: 1, fixed: "x" });
    const { code, body } = await cluster.send("PATCH", `${path}/fixed`, { spec: { fixed: "y" } });
    expect(code).toBe(422);
    expect(body.message).toContain('spec.fixed: Invalid value: "string": fixed is immutable');
  });

  test("status is written by itself and counts no generation", async () => {
    await create("stated", { size: 1 });
    const change = { spec: { size: 2 }, status: { phase: "Good" } };
    const { body } = await cluster.send("PATCH", `${path}/stated/status`, change);
    expect(body).toMatchObject({ metadata: { generation: 1 }, spec: { size: 1 }, status: { phase: "Good" } });
    const main = await cluster.send("PATCH", `${path}/stated`, {
      spec: { size: 2 },
      status: { phase: "Bad" },
    });
    expect(main.body).toMatchObject({
      metadata: { generation: 2 },
      spec: { size: 2 },
      status: { phase: "Good" },
    });
  });

  test("a strategic merge patch is refused, naming what is taken", async () => {
    await create("patched", { size: 1 });
    const type = { "content-type": "application/strategic-merge-patch+json" };
    const { code, body } = await cluster.send("PATCH", `${path}/patched`, {}, type);
    expect(code).toBe(415);
    expect(body.message).toContain("application/merge-patch+json");
  });

  test.each([
    [
      "a rule that does not compile",
      { type: "object", "x-kubernetes-validations": [{ rule: "self.nonsense(" }] },
    ],
    [
      "a rule with an unknown function",
      { type: "string", "x-kubernetes-validations": [{ rule: "self.frobnicate()" }] },
    ],
    ["a field without a type", { description: "nothing" }],
    ["a list without items", { type: "array" }],
  ])("a definition with %s is refused when it is made", async (_what, field) => {
    const bad = definition(`bad.${group}`, {
      type: "object",
      properties: { spec: { type: "object", properties: { field } } },
    });
    const { code, body } = await cluster.send("POST", `${definitions}?dryRun=All`, bad);
    expect(code).toBe(422);
    expect(body.reason).toBe("Invalid");
  });

  test("a definition whose names are another's waits until they are free", async () => {
    const second = definition(group, { type: "object" }, { plural: "gadgets", kind: "Widget" });
    const third = definition(
      group,
      { type: "object" },
      { plural: "tools", kind: "Tool", shortNames: ["wd"] },
    );
    const fourth = definition(
      group,
      { type: "object" },
      { plural: "wands", kind: "Wand", shortNames: ["wd"] },
    );
    const told = async (plural: string, is: string) => {
      const { status } = await cluster.until(`${definitions}/${plural}.${group}`, (it) =>
        it.status?.conditions?.some(
          (one: { type: string; status: string }) => one.type === "Established" && one.status === is,
        ),
      );
      return Object.fromEntries(
        status.conditions.map((one: { type: string; reason: string }) => [one.type, one.reason]),
      );
    };
    const served = async (plural: string) =>
      (await cluster.send("GET", path.replace("widgets", plural))).code;
    await cluster.send("POST", definitions, second);
    expect(await told("gadgets", "False")).toEqual({
      NamesAccepted: "ListKindConflict",
      Established: "NotAccepted",
    });
    expect(await served("gadgets")).toBe(404);
    await cluster.send("POST", definitions, third);
    await told("tools", "True");
    await cluster.send("POST", definitions, fourth);
    expect(await told("wands", "False")).toEqual({
      NamesAccepted: "ShortNamesConflict",
      Established: "NotAccepted",
    });
    await cluster.send("DELETE", `${definitions}/tools.${group}`);
    expect(await told("wands", "True")).toEqual({
      NamesAccepted: "NoConflicts",
      Established: "InitialNamesAccepted",
    });
    for (const plural of ["gadgets", "wands"]) {
      await cluster.send("DELETE", `${definitions}/${plural}.${group}`);
      await cluster.gone(`${definitions}/${plural}.${group}`);
    }
  });
});

function definition(
  group: string,
  openAPIV3Schema: object,
  names: { readonly plural: string; readonly kind: string; readonly shortNames?: readonly string[] } = {
    plural: "widgets",
    kind: "Widget",
  },
) {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${names.plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names,
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema },
        },
      ],
    },
  };
}
