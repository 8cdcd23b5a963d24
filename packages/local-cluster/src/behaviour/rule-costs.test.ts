import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCluster, type TestCluster } from "./cluster.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG;
const where = kubeconfig === undefined ? "local-cluster" : "the cluster of KUBELESS_TEST_KUBECONFIG";

const text = { type: "string" };
const short = (maxLength: number) => ({ ...text, maxLength });
const number = { type: "integer" };
const listOf = (items: object, maxItems?: number) => ({ type: "array", items, maxItems });
const mapOf = (additionalProperties: object, maxProperties?: number) => ({
  type: "object",
  additionalProperties,
  maxProperties,
});
const object = (properties: object, rest: object = {}) => ({ type: "object", properties, ...rest });
const ruled = (schema: object, rule: string) => ({ ...schema, "x-kubernetes-validations": [{ rule }] });

describe(`a CRD whose rule may take too long, on ${where}`, () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openCluster(kubeconfig);
  });
  afterAll(() => cluster.stop());

  /** The answer to a CRD, in a dry run, whose objects' spec is this. */
  const verdict = async (spec: object): Promise<string> => {
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All";
    const { code, body } = await cluster.send("POST", path, {
      metadata: { name: "things.cost.example.com" },
      spec: {
        group: "cost.example.com",
        scope: "Namespaced",
        names: { kind: "Thing", plural: "things" },
        versions: [
          { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: object({ spec }) } },
        ],
      },
    });
    if (code === 201) return "taken";
    return body.message.includes("estimated rule cost exceeds budget") ? "too costly" : body.message;
  };

  test.each([
    ["self.a.all(x, x != 'b')", { a: listOf(text) }],
    ["self.a.all(x, x.startsWith('x'))", { a: listOf(text) }],
    ["self.a.matches('^[a-z]+$')", { a: text }],
    ["self.a.contains('x')", { a: text }],
    ["self.a.all(x, x.matches('^[a-z]+$'))", { a: listOf(short(63), 64) }],
    ["self.a.all(x, self.a.all(y, x == y))", { a: listOf(short(10), 1000) }],
    ["self.a.all(x, self.a.all(y, x == y))", { a: listOf(number, 1000) }],
    ["self.a.all(x, x in self.b)", { a: listOf(short(10), 500), b: listOf(short(10), 500) }],
    ["self.a.all(k, self.a[k] != '')", { a: mapOf(text) }],
    ["self.a.all(k, self.b.exists(l, l == k))", { a: mapOf(text, 50), b: listOf(short(100), 50) }],
    [
      "self.a.all(x, self.b.all(y, self.c.all(z, x + y > z)))",
      { a: listOf(number, 100), b: listOf(number, 100), c: listOf(number, 100) },
    ],
  ])("%s is taken where its values are small enough", async (rule, properties) => {
    expect(await verdict(ruled(object(properties), rule))).toBe("taken");
  });

  test.each([
    ["self.a.all(x, self.a.all(y, x == y))", { a: listOf(text) }],
    ["self.a.all(x, self.a.all(y, x == y))", { a: listOf(number) }],
    ["self.a.all(x, self.a.all(y, x == y))", { a: listOf(number, 3000) }],
    ["self.a.all(x, x.matches('^[a-z]+$'))", { a: listOf(text) }],
    ["self.a.all(x, x.contains('x'))", { a: listOf(text) }],
    ["self.a.all(x, x == self.b)", { a: listOf(text), b: text }],
    ["self.a.all(k, self.a.all(l, k == l))", { a: mapOf(text) }],
    ["self.a.filter(x, x > 3).size() < 5", { a: listOf(number) }],
    ["self.a.map(x, x.size()).sum() < 5", { a: listOf(text) }],
    ["self.a.split(',').all(x, x.size() > 0)", { a: text }],
    [
      "self.a.all(x, self.b.all(y, self.c.all(z, x + y > z)))",
      { a: listOf(number, 300), b: listOf(number, 300), c: listOf(number, 300) },
    ],
    [
      "self.a.all(x, self.a.exists_one(y, y.n == x.n))",
      { a: listOf(object({ n: short(63) }, { required: ["n"] })) },
    ],
  ])("%s is refused where nothing keeps its values small", async (rule, properties) => {
    expect(await verdict(ruled(object(properties), rule))).toBe("too costly");
  });

  test.each([
    ["taken", "!has(self.n) || self.n > 5", { n: number }],
    ["too costly", "self.n != self.m", { n: text, m: text }],
    ["too costly", "self.n.matches('^a+$')", { n: text }],
    ["too costly", "self.n.matches('^a+$')", { n: short(63) }],
  ])("of items that any number may be there of, it is %s: %s", async (expected, rule, properties) => {
    expect(await verdict(object({ a: listOf(ruled(object(properties), rule)) }))).toBe(expected);
  });
});
