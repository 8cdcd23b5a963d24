import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCluster, type TestCluster } from "./cluster.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG;
const where = kubeconfig === undefined ? "local-cluster" : "the cluster of KUBELESS_TEST_KUBECONFIG";
const text = { type: "string" };
const column = (rest: object) => ({
  additionalPrinterColumns: [{ name: "a", type: "string", jsonPath: ".a", ...rest }],
});
const list = (rest: object) => ({ type: "array", items: text, ...rest });
const at = "spec.validation.openAPIV3Schema";

describe(`a CRD that is not well made, on ${where}`, () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openCluster(kubeconfig);
  });
  afterAll(() => cluster.stop());

  /** The fields that are refused. */
  const fieldsOf = async (spec: object, version: object = {}, names: object = {}): Promise<string[]> => {
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All";
    const { code, body } = await cluster.send("POST", path, {
      metadata: { name: "things.made.example.com" },
      spec: {
        group: "made.example.com",
        scope: "Namespaced",
        names: { kind: "Thing", plural: "things", ...names },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: "object" } },
            ...version,
          },
        ],
        ...spec,
      },
    });
    return code === 201 ? [] : body.details.causes.map((one: { field: string }) => one.field);
  };
  const ofSchema = (openAPIV3Schema: object) => fieldsOf({}, { schema: { openAPIV3Schema } });
  const ofField = (a: object) => ofSchema({ type: "object", properties: { a } });

  test.each([
    ["spec.scope", { scope: "X" }, {}, {}],
    ["spec.conversion.strategy", { conversion: { strategy: "X" } }, {}, {}],
    ["spec.names.shortNames[0]", {}, {}, { shortNames: ["A"] }],
    ["spec.names.categories[0]", {}, {}, { categories: ["a b"] }],
    ["spec.names.singular", {}, {}, { singular: "A" }],
    ["spec.names.kind", {}, {}, { kind: "A_b" }],
    ["spec.versions[0].name", {}, { name: "V1" }, {}],
    ["spec.versions[0].deprecationWarning", {}, { deprecationWarning: "old" }, {}],
    ["spec.additionalPrinterColumns[0].type", {}, column({ type: "x" }), {}],
    ["spec.additionalPrinterColumns[0].format", {}, column({ format: "x" }), {}],
    ["spec.additionalPrinterColumns[0].JSONPath", {}, column({ jsonPath: "a" }), {}],
    ["spec.additionalPrinterColumns[0].name", {}, column({ name: "" }), {}],
    [
      "spec.subresources.scale.specReplicasPath",
      {},
      { subresources: { scale: { specReplicasPath: ".x", statusReplicasPath: ".status.y" } } },
      {},
    ],
    [
      "spec.subresources.scale.statusReplicasPath",
      {},
      { subresources: { scale: { specReplicasPath: ".spec.x", statusReplicasPath: ".y" } } },
      {},
    ],
  ])("is refused for %s", async (field, spec, version, names) => {
    expect(await fieldsOf(spec, version, names)).toContain(field);
  });

  test.each([
    [".type", { type: "x" }],
    [".pattern", { ...text, pattern: "(" }],
    [".pattern", { ...text, pattern: "(a)\\1" }],
    [".pattern", { ...text, pattern: "a(?=b)" }],
    [".default", { type: "integer", default: "x" }],
    [".default", { ...text, enum: ["a"], default: "b" }],
    [".default", list({ maxItems: 0, default: ["a"] })],
    [".default", { type: "object", default: { x: 1 } }],
    [".default.x", { type: "object", properties: { x: { type: "integer" } }, default: { x: "a" } }],
    [".x-kubernetes-list-type", list({ "x-kubernetes-list-type": "x" })],
    [".items.x-kubernetes-map-type", list({ items: { type: "object" }, "x-kubernetes-list-type": "set" })],
    [".x-kubernetes-map-type", { type: "object", "x-kubernetes-map-type": "x" }],
    [".type", { ...text, "x-kubernetes-map-type": "atomic" }],
    [".properties", { type: "object", "x-kubernetes-embedded-resource": true }],
    [
      ".x-kubernetes-preserve-unknown-fields",
      { type: "object", "x-kubernetes-preserve-unknown-fields": false },
    ],
    [".dependencies", { type: "object", dependencies: {} }],
    [".patternProperties", { type: "object", patternProperties: { a: text } }],
  ])("is refused for its field's %s: %j", async (field, schema) => {
    expect(await ofField(schema)).toContain(`${at}.properties[a]${field}`);
  });

  test.each([
    { ...text, format: "anything", nullable: true, default: null },
    { type: "object", properties: { x: { ...text, default: "a" } }, default: {} },
    { type: "object", default: { x: 1 }, "x-kubernetes-preserve-unknown-fields": true },
    { type: "object", default: { x: "1" }, additionalProperties: text },
    list({ default: ["a"], "x-kubernetes-list-type": "set" }),
    list({ items: { type: "object", "x-kubernetes-map-type": "atomic" }, "x-kubernetes-list-type": "set" }),
    { "x-kubernetes-int-or-string": true, default: "50%" },
    { type: "number", default: 1 },
  ])("is taken with a field as it should be: %j", async (schema) => {
    expect(await ofField(schema)).toEqual([]);
  });

  test("does not describe anew what every object has", async () => {
    const described = { type: "object", properties: { apiVersion: { type: "integer" } } };
    expect(await ofSchema(described)).toContain(`${at}.properties[apiVersion].type`);
    const labelled = { type: "object", properties: { labels: { type: "object" } } };
    const metadata = { type: "object", properties: { metadata: labelled } };
    expect(await ofSchema(metadata)).toEqual([`${at}.properties[metadata]`]);
    const named = { type: "object", properties: { name: { ...text, maxLength: 5 } } };
    expect(await ofSchema({ type: "object", properties: { metadata: named } })).toEqual([]);
  });
});
