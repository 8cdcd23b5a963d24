import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCluster, type TestCluster } from "./cluster.ts";
import {
  defineThings,
  listOf,
  mapOf,
  number,
  object,
  ruled,
  sendDefinition,
  short,
  text,
} from "./rule-fixture.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG;
const where = kubeconfig === undefined ? "local-cluster" : "the cluster of KUBELESS_TEST_KUBECONFIG";

describe(`a CRD whose rule may take too long, on ${where}`, () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openCluster(kubeconfig);
  });
  afterAll(() => cluster.stop());

  /** The answer to a CRD, in a dry run, whose objects' spec is this. */
  const verdict = async (spec: object): Promise<string> => {
    const { code, body } = await sendDefinition(cluster, "cost.example.com", spec, "?dryRun=All");
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

  const pairs = "self.a.all(x, self.a.all(y, x == y))";
  /** Blanks make it another rule, of the same cost. */
  const times = (count: number, rule: string) =>
    Array.from({ length: count }, (_, at) => " ".repeat(at) + rule);

  test.each([
    [201, 18, pairs, { a: listOf(number, 1000) }],
    [422, 20, pairs, { a: listOf(number, 1000) }],
    [201, 19, "self.a.all(x, x != 'b')", { a: listOf(text) }],
    [422, 20, "self.a.all(x, x != 'b')", { a: listOf(text) }],
    [201, 66, "self.a.filter(x, x > 1).size() > 1", { a: listOf(number, 100_000) }],
    [422, 67, "self.a.filter(x, x > 1).size() > 1", { a: listOf(number, 100_000) }],
    [
      201,
      42,
      "self.a.all(x, self.b.exists(y, y == x))",
      { a: listOf(short(100), 300), b: listOf(short(50), 300) },
    ],
    [
      422,
      43,
      "self.a.all(x, self.b.exists(y, y == x))",
      { a: listOf(short(100), 300), b: listOf(short(50), 300) },
    ],
  ])(
    "%i is the answer to %i rules like %s, none of them too costly",
    async (code, count, rule, properties) => {
      const spec = ruled(object(properties), ...times(count, rule));
      const answer = await sendDefinition(cluster, "cost.example.com", spec, "?dryRun=All");
      expect(answer.code).toBe(code);
      if (code === 201) return;
      expect(answer.body.details.causes.map((one: { field: string }) => one.field)).toHaveLength(5);
      expect(answer.body.details.causes.at(-1)).toEqual({
        reason: "FieldValueForbidden",
        field: "spec.validation.openAPIV3Schema",
        message: expect.stringMatching(
          /^Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of 1\.0\d{5}x /,
        ),
      });
    },
  );

  test("counts what a message's expression costs, too", async () => {
    const rule = { rule: "true", messageExpression: "self.a.join(',')" };
    const spec = ruled(object({ a: listOf(text) }), rule);
    const { body } = await sendDefinition(cluster, "cost.example.com", spec, "?dryRun=All");
    expect(body.details.causes[0]).toEqual({
      reason: "FieldValueForbidden",
      field: "spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].messageExpression",
      message: expect.stringContaining("estimated messageExpression cost exceeds budget by factor of"),
    });
  });

  describe("taken, whose rules take too long for an object", () => {
    const group = "spend.example.com";
    const a = listOf(number, 1000);
    const maps = "self.a.all(x, self.a.all(y, {'a': {'b': {'c': x}}}.size() == 1))";
    let remove: () => Promise<void>;
    beforeAll(async () => {
      remove = await defineThings(
        cluster,
        group,
        object({
          one: ruled(object({ a }), { rule: pairs, message: "all must be alike" }, "self.a.size() < 0"),
          many: ruled(object({ a: listOf(number, 100) }), ...times(16, maps)),
        }),
      );
    });
    afterAll(() => remove());

    const verdict = async (spec: object): Promise<unknown> => {
      const path = `/apis/${group}/v1/namespaces/${cluster.namespace}/things?dryRun=All`;
      const { code, body } = await cluster.send("POST", path, {
        apiVersion: `${group}/v1`,
        kind: "Thing",
        metadata: { name: "one" },
        spec,
      });
      return code === 201 ? "taken" : body.details.causes;
    };
    const same = (count: number) => Array.from({ length: count }, () => 1);

    test("stops at a rule that costs too much by itself", async () => {
      const message =
        "Invalid value: \"object\": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: all must be alike";
      expect(await verdict({ one: { a: same(1000) } })).toEqual([
        { reason: "FieldValueInvalid", field: "spec.one", message },
      ]);
    });

    test("does not count what is not evaluated", async () => {
      const two = [1, ...Array.from({ length: 999 }, () => 2)];
      expect(await verdict({ one: { a: two } })).toEqual([
        expect.objectContaining({ message: expect.stringContaining("all must be alike") }),
        expect.objectContaining({ message: expect.stringContaining("failed rule: self.a.size() < 0") }),
      ]);
    });

    test("stops when all together cost too much", async () => {
      const message =
        'Invalid value: "object": validation failed due to running out of cost budget, no further validation rules will be run';
      expect(await verdict({ many: { a: same(100) } })).toEqual([
        { reason: "FieldValueInvalid", field: "spec.many", message },
      ]);
      expect(await verdict({ many: { a: same(50) } })).toBe("taken");
    });
  });
});
