import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCluster, type TestCluster } from "../cluster.ts";
import { autoscalers } from "./autoscalers.ts";
import { withField } from "./bad-field.ts";
import { definitions } from "./definitions.ts";
import { goodObjects } from "./good-objects.ts";
import { network } from "./network.ts";
import { others } from "./others.ts";
import { pods } from "./pods.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG;
const where = kubeconfig === undefined ? "local-cluster" : "the cluster of KUBELESS_TEST_KUBECONFIG";

const badFields = { ...pods, ...network, ...autoscalers, ...definitions, ...others };
const cases = Object.entries(badFields).flatMap(([kind, fields]) =>
  fields.map(([path, value, refused = path]) => [kind, path, value, refused] as const),
);

describe(`every field of a built-in kind, on ${where}`, () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openCluster(kubeconfig);
    await cluster.until(`/api/v1/namespaces/${cluster.namespace}/serviceaccounts/default`, () => true);
  });
  afterAll(() => cluster.stop());

  const create = (kind: string, change: (object: object) => object = (object) => object) => {
    const { root, isClusterWide, object } = goodObjects[kind] ?? { root: "", object: {} };
    const plural = kind.slice(kind.indexOf(" ") + 1);
    const scope = isClusterWide ? "" : `/namespaces/${cluster.namespace}`;
    const body = JSON.parse(JSON.stringify(object).replaceAll("NAMESPACE", cluster.namespace)) as object;
    return cluster.send("POST", `${root}${scope}/${plural}?dryRun=All`, change(body));
  };

  test.each(Object.keys(goodObjects))("is taken when nothing is wrong: %s", async (kind) => {
    const { code, body } = await create(kind);
    expect({ code, message: body.message }).toMatchObject({ code: 201 });
  });

  test.each(cases)("is refused when it is wrong: %s %s %j", async (kind, path, value, refused) => {
    const { code, body } = await create(kind, (object) => withField(object, path, value));
    if (typeof refused === "number") return expect(code).toBe(refused);
    expect(code).toBe(422);
    expect(body.details.causes.map(({ field }: { field: string }) => field)).toContain(refused);
  });
});
