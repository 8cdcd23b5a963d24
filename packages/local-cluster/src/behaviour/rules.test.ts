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
const root = "spec.validation.openAPIV3Schema.properties[spec]";

const properties = {
  s: short(20),
  nullable: { ...short(20), nullable: true },
  n: number,
  d: { type: "number" },
  b: { type: "boolean" },
  time: { type: "string", format: "date-time" },
  span: { type: "string", format: "duration" },
  bytes: { type: "string", format: "byte", maxLength: 100 },
  l: listOf(short(20), 10),
  numbers: listOf(number, 10),
  m: mapOf(short(20), 10),
  o: object({ x: text, y: number }),
  things: listOf(object({ k: short(9), v: number }), 10),
  port: { "x-kubernetes-int-or-string": true },
  open: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  whole: {
    type: "object",
    "x-kubernetes-embedded-resource": true,
    "x-kubernetes-preserve-unknown-fields": true,
  },
  "a-b": number,
};

describe(`a CRD's rules, on ${where}`, () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openCluster(kubeconfig);
  });
  afterAll(() => cluster.stop());

  /** What is said of a CRD with this schema for its spec; nothing if it is taken. */
  const faultsOf = async (spec: object): Promise<readonly { field: string; message: string }[]> => {
    const { code, body } = await sendDefinition(cluster, "rules.example.com", spec, "?dryRun=All");
    return code === 201 ? [] : body.details.causes;
  };

  test.each([
    "self.s == 'a' && self.n > 1 && self.d > 1.5 && self.b",
    "self.d > 1 && self.n > 1.5",
    "self.time > timestamp('2020-01-01T00:00:00Z') && self.time.getFullYear() > 2000",
    "self.span > duration('1s')",
    "self.bytes == b'abc'",
    "self.l.all(x, x.startsWith('a')) && self.numbers.all(x, x > 1)",
    "self.m['a'] == 'b' && self.m.a == 'b' && self.m.all(k, self.m[k] != '')",
    "has(self.o) && has(self.o.x) && has(self.m.a) && !has(self.nullable)",
    "self.o == self.o && self.things != []",
    "self.things.exists(x, x.k == 'a' && x.v > 1)",
    "self.things.map(x, x.k) == ['a'] && self.things.filter(x, x.v > 1).size() > 0",
    "self.port == 1 || self.port == 'http'",
    "type(self.port) == string ? self.port == 'http' : self.port > 1",
    "self.whole.kind == 'Pod' && self.whole.metadata.name == 'a'",
    "self.a__dash__b > 1",
    "self.?s.orValue('a') == 'a' && self.?o.?x.hasValue()",
    "oldSelf == self && oldSelf.s == self.s",
    "self.s.matches('(?i)A') && self.s.find('[a-z]') == 'a' && self.s.findAll('[a-z]') == ['a']",
  ])("are taken where the types go together: %s", async (rule) => {
    expect(await faultsOf(ruled(object(properties), rule))).toEqual([]);
  });

  test.each([
    "self.nothing == 1",
    "self.o.nothing == 1",
    "has(self.nothing)",
    "has(self.s.length)",
    "oldSelf.nothing == 1",
    "self.things.all(x, x.nothing == 1)",
    "self.open.anything == 1",
    "self.whole.spec.x == 1",
    "self.whole.metadata.labels.a == 'x'",
    "self.s == 1",
    "self.n == 'x'",
    "self.n == 1.0",
    "self.b == 'true'",
    "self.time == '2020'",
    "self.span == '1s'",
    "self.nullable == null",
    "self.s + self.n == 'x'",
    "self.n in ['a']",
    "self.l.all(x, x > 1)",
    "self.numbers + ['x'] == ['x']",
    "!self.s",
    "self.b && self.s",
    "self.b ? 1 : 'a'",
    "self.s.startsWith(1)",
    "self.s.length == 1",
    "self.s.matches('(')",
    "self.s.matches('(a)\\\\1')",
    "self.s.matches('a(?=b)')",
    "cel.bind(v, self.s, v == 'a')",
    "unknown(self.s)",
    "unknown == 1",
    "self.s == 'a",
  ])("are refused where they cannot be evaluated: %s", async (rule) => {
    const [fault, ...more] = await faultsOf(ruled(object(properties), rule));
    expect(more).toEqual([]);
    expect(fault?.field).toBe(`${root}.x-kubernetes-validations[0].rule`);
    expect(fault?.message).toContain(": compilation failed: ");
    expect(fault?.message).toMatch(/^Invalid value: \{"Rule":/);
  });

  test("are refused where they find by a pattern that is none, with what is wrong with it", async () => {
    const [fault] = await faultsOf(ruled(object(properties), "self.s.find('(') == ''"));
    expect(fault?.message).toContain(
      ": program instantiation failed: error parsing regexp: missing closing ): `(`",
    );
  });

  test.each([
    ["rule", "rule is not specified", { message: "m" }],
    ["rule", "rule is not specified", { rule: "  " }],
    ["rule", "cel expression must evaluate to a bool", { rule: "self.s" }],
    ["rule", "cel expression must evaluate to a bool", { rule: "self.n + 1" }],
    ["message", "must not contain line breaks", { rule: "self.b", message: "one\nanother" }],
    ["message", "must be non-empty if specified", { rule: "self.b", message: " " }],
    ["message", "message must be specified if rule contains line breaks", { rule: "self.b\n&& self.b" }],
    ["messageExpression", "must evaluate to a string", { rule: "self.b", messageExpression: "self.n" }],
    ["messageExpression", "compilation failed", { rule: "self.b", messageExpression: "self.nothing" }],
    ["messageExpression", "must be non-empty", { rule: "self.b", messageExpression: " " }],
    ["reason", "Unsupported value", { rule: "self.b", reason: "Nothing" }],
    ["fieldPath", "must be a valid path", { rule: "self.b", fieldPath: "s" }],
    ["fieldPath", "must be a valid path", { rule: "self.b", fieldPath: ".nothing" }],
    ["fieldPath", "must be a valid path", { rule: "self.b", fieldPath: ".l[0]" }],
    ["optionalOldSelf", "oldSelf is not used", { rule: "self.b", optionalOldSelf: true }],
  ])("are refused for their %s: %s", async (field, words, rule) => {
    expect(await faultsOf(ruled(object(properties), rule))).toEqual([
      expect.objectContaining({
        field: `${root}.x-kubernetes-validations[0].${field}`,
        message: expect.stringContaining(words),
      }),
    ]);
  });

  test.each([".s", ".o.x", ".m.a", ".m['a']", "['a-b']"])("may point at %s", async (fieldPath) => {
    expect(await faultsOf(ruled(object(properties), { rule: "self.b", fieldPath }))).toEqual([]);
  });

  test("may be the same twice", async () => {
    expect(await faultsOf(ruled(object(properties), "self.b", "self.b"))).toEqual([]);
  });

  test("cannot compare items with their past that have no identity", async () => {
    const items = ruled(short(5), "oldSelf == self");
    const keyed = {
      ...listOf(ruled(object({ k: short(5) }, { required: ["k"] }), "oldSelf == self"), 5),
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["k"],
    };
    expect(await faultsOf(object({ m: mapOf(items, 5), keyed }))).toEqual([]);
    expect(await faultsOf(object({ l: listOf(items, 5) }))).toEqual([
      {
        reason: "FieldValueInvalid",
        field: `${root}.properties[l].items.x-kubernetes-validations[0].rule`,
        message: `Invalid value: "oldSelf == self": oldSelf cannot be used on the uncorrelatable portion of the schema within ${root}.properties[l]`,
      },
    ]);
  });

  test.each(["allOf", "anyOf", "oneOf"])("do not stand under %s", async (logic) => {
    const [fault] = await faultsOf(
      object({ a: { ...number, [logic]: [ruled({ minimum: 1 }, "self > 1")] } }),
    );
    expect(fault).toEqual({
      reason: "FieldValueForbidden",
      field: `${root}.properties[a].${logic}[0].x-kubernetes-validations`,
      message: "Forbidden: must be empty to be structural",
    });
  });

  test("and patterns end soon, however many ways there are to match", async () => {
    const group = "patterns.example.com";
    const spec = ruled(
      object({ s: { ...short(100), pattern: "^(a+)+$" }, p: short(100) }),
      "!has(self.p) || self.p.matches('^(a|aa)+$')",
      "!has(self.p) || self.p.find('(?i)A+$') == ''",
    );
    const remove = await defineThings(cluster, group, spec);
    try {
      const path = `/apis/${group}/v1/namespaces/${cluster.namespace}/things?dryRun=All`;
      const faultsOf = async (spec: object) => {
        const thing = { apiVersion: `${group}/v1`, kind: "Thing", metadata: { name: "one" }, spec };
        const { body } = await cluster.send("POST", path, thing);
        return body.details.causes.map((one: { message: string }) => one.message);
      };
      const text = `${"a".repeat(50)}!`;
      expect(await faultsOf({ s: text })).toEqual([expect.stringContaining("should match '^(a+)+$'")]);
      expect(await faultsOf({ p: text })).toEqual([
        expect.stringContaining("failed rule: !has(self.p) || self.p.matches("),
      ]);
      expect(await faultsOf({ p: "aaa" })).toEqual([
        expect.stringContaining("failed rule: !has(self.p) || self.p.find("),
      ]);
    } finally {
      await remove();
    }
  });

  test("see times, spans and bytes, and say what went wrong", async () => {
    const group = "seen.example.com";
    const { time, span, bytes, n, m, numbers } = properties;
    const spec = ruled(
      object({ time, span, bytes, n, m, numbers }),
      "!has(self.time) || self.time > timestamp('2020-01-01T00:00:00Z')",
      "!has(self.span) || self.span > duration('1m')",
      "!has(self.bytes) || self.bytes == b'abc'",
      "!has(self.n) || 1 / self.n == 1",
      { rule: "!has(self.m) || self.m['x'] == 'a'", message: "x must be a" },
      "!has(self.numbers) || self.numbers[3] == 1",
    );
    const remove = await defineThings(cluster, group, spec);
    try {
      const path = `/apis/${group}/v1/namespaces/${cluster.namespace}/things?dryRun=All`;
      const send = (spec: object) =>
        cluster.send("POST", path, {
          apiVersion: `${group}/v1`,
          kind: "Thing",
          metadata: { name: "one" },
          spec,
        });
      const good = await send({ time: "2021-01-01T00:00:00Z", span: "1h30m", bytes: "YWJj", n: 1 });
      expect(good.code).toBe(201);
      const bad = await send({
        time: "2019-01-01T00:00:00Z",
        span: "30s",
        bytes: "YWJk",
        n: 0,
        m: {},
        numbers: [],
      });
      expect(bad.body.details.causes.map((one: { message: string }) => one.message)).toEqual(
        [
          "failed rule: !has(self.time) || self.time > timestamp('2020-01-01T00:00:00Z')",
          "failed rule: !has(self.span) || self.span > duration('1m')",
          "failed rule: !has(self.bytes) || self.bytes == b'abc'",
          "division by zero evaluating rule: !has(self.n) || 1 / self.n == 1",
          "no such key: x evaluating rule: x must be a",
          "index out of bounds: 3 evaluating rule: !has(self.numbers) || self.numbers[3] == 1",
        ].map((words) => `Invalid value: "object": ${words}`),
      );
    } finally {
      await remove();
    }
  });
});
