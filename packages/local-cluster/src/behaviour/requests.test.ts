import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCluster, type TestCluster } from "./cluster.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG;
const where = kubeconfig === undefined ? "local-cluster" : "the cluster of KUBELESS_TEST_KUBECONFIG";

/** A query of a list of config maps, and how it is refused: by its code, or for an option. */
const lists: readonly (readonly [query: string, refused: number | string])[] = [
  ["limit=x", 400],
  ["timeoutSeconds=x", 400],
  ["continue=x", 400],
  ["resourceVersion=x", 400],
  ["resourceVersionMatch=Exact", "resourceVersionMatch"],
  ["resourceVersionMatch=Bad&resourceVersion=1", "resourceVersionMatch"],
  ["resourceVersionMatch=Exact&resourceVersion=0", "resourceVersionMatch"],
  ["watch=true&timeoutSeconds=1&resourceVersionMatch=NotOlderThan", "resourceVersionMatch"],
  ["sendInitialEvents=true", "sendInitialEvents"],
  ["labelSelector=a%3Db%2C%2C", 400],
  ["labelSelector=-a%3Db", 400],
  ["labelSelector=a%3D-b", 400],
  ["labelSelector=UPPER%2F%2Fx%3Db", 400],
  ["fieldSelector=spec.nothing%3Dx", 400],
];

/** Paths and methods that nobody serves. */
const paths: readonly (readonly [method: string, path: string, code: number])[] = [
  ["GET", "/livez/nothing", 404],
  ["GET", "//api/v1/namespaces", 404],
  ["GET", "/api/v1/namespaces/NAMESPACE/nodes", 404],
  ["GET", "/api/v1/namespaces/NAMESPACE/namespaces", 404],
  ["GET", "/apis/apps/v1/namespaces/NAMESPACE/deployments/web/scale/more", 404],
  ["GET", "/api/v1/namespaces/NAMESPACE/finalize", 405],
  ["GET", "/api/v1/namespaces/NAMESPACE/pods/gated/eviction", 405],
  ["GET", "/api/v1/namespaces/NAMESPACE/pods/gated/binding", 405],
  ["GET", "/api/v1/namespaces/NAMESPACE/serviceaccounts/default/token", 405],
  ["DELETE", "/api/v1/namespaces", 405],
  ["PUT", "/api/v1/namespaces/NAMESPACE/configmaps", 405],
];

/** Questions and wishes, and how they are refused: by their code, or for a field. */
const questions: readonly (readonly [path: string, body: object, refused: number | string])[] = [
  ["/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {}, "spec.resourceAttributes"],
  ["/apis/authorization.k8s.io/v1/subjectaccessreviews", { spec: { resourceAttributes: {} } }, "spec.user"],
  ["/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {}, 400],
  ["/apis/authentication.k8s.io/v1/tokenreviews", {}, 400],
  [
    "/apis/authorization.k8s.io/v1/namespaces/NAMESPACE/localsubjectaccessreviews",
    { spec: { user: "a", resourceAttributes: { namespace: "other" } } },
    "spec.resourceAttributes.namespace",
  ],
  [
    "/api/v1/namespaces/NAMESPACE/serviceaccounts/default/token",
    { metadata: { name: "x" } },
    "metadata.name",
  ],
  [
    "/api/v1/namespaces/NAMESPACE/serviceaccounts/default/token",
    { spec: { expirationSeconds: 2 ** 33 } },
    "spec.expirationSeconds",
  ],
  [
    "/api/v1/namespaces/NAMESPACE/serviceaccounts/default/token",
    { spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "none" } } },
    404,
  ],
  ["/api/v1/namespaces/NAMESPACE/pods/gated/eviction", { metadata: { name: "other" } }, 400],
  [
    "/api/v1/namespaces/NAMESPACE/pods/gated/binding",
    { metadata: { name: "gated" }, target: { kind: "Node", name: "x" } },
    409,
  ],
];

/** Patches of a config map, and how they are refused: by their code, or for a field. */
const patches: readonly (readonly [query: string, type: string, patch: object, refused: number | string])[] =
  [
    ["", "merge-patch+json", { data: { a: 5 } }, "patch"],
    ["", "merge-patch+json", { kind: "Pod" }, "patch"],
    ["", "merge-patch+json", { metadata: { namespace: "other" } }, 400],
    ["", "merge-patch+json", { metadata: { name: "other" } }, 400],
    ["", "merge-patch+json", { metadata: { uid: "1" } }, "metadata.uid"],
    ["&force=true", "merge-patch+json", {}, "force"],
    ["&fieldManager=%0A", "merge-patch+json", {}, "fieldManager"],
    ["&fieldValidation=Bad", "merge-patch+json", {}, "fieldValidation"],
    ["&fieldManager=a", "apply-patch+yaml", { data: {}, bogus: 1 }, 500],
    ["&fieldManager=a", "apply-patch+yaml", { metadata: { namespace: "other" } }, 400],
  ];

describe(`requests to ${where}`, () => {
  let cluster: TestCluster;
  let configMaps: string;
  const inNamespace = (path: string) => path.replace("NAMESPACE", cluster.namespace);
  beforeAll(async () => {
    cluster = await openCluster(kubeconfig);
    configMaps = `/api/v1/namespaces/${cluster.namespace}/configmaps`;
    await cluster.until(`/api/v1/namespaces/${cluster.namespace}/serviceaccounts/default`, () => true);
    await cluster.send("POST", configMaps, { metadata: { name: "one" }, data: { a: "b" } });
    await cluster.send("POST", inNamespace("/api/v1/namespaces/NAMESPACE/pods"), {
      metadata: { name: "gated" },
      spec: { schedulingGates: [{ name: "a/b" }], containers: [{ name: "main", image: "main" }] },
    });
  });
  afterAll(() => cluster.stop());

  const expectRefusal = ({ code, body }: { code: number; body: unknown }, refused: number | string) => {
    if (typeof refused === "number") return expect(code).toBe(refused);
    expect(code).toBe(422);
    const { details } = body as { details: { causes: { field: string }[] } };
    expect(details.causes.map(({ field }) => field)).toContain(refused);
  };

  test.each(lists)("a list with %s is refused", async (query, refused) => {
    expectRefusal(await cluster.send("GET", `${configMaps}?${query}`), refused);
  });

  test.each(paths)("%s %s is nothing that is served", async (method, path, code) => {
    expect((await cluster.send(method, inNamespace(path))).code).toBe(code);
  });

  test.each(questions)("to %s %j the answer is why not", async (path, body, refused) => {
    expectRefusal(await cluster.send("POST", inNamespace(path), body), refused);
  });

  test.each(patches)("a patch with %s %s %j is refused", async (query, type, patch, refused) => {
    const head = type.startsWith("apply") ? { apiVersion: "v1", kind: "ConfigMap" } : {};
    const path = `${configMaps}/one?dryRun=All${query}`;
    const headers = { "content-type": `application/${type}` };
    expectRefusal(await cluster.send("PATCH", path, JSON.stringify({ ...head, ...patch }), headers), refused);
  });

  test("an update of a Lease says what it was made from", async () => {
    const leases = `/apis/coordination.k8s.io/v1/namespaces/${cluster.namespace}/leases`;
    const lease = { metadata: { name: "one" }, spec: { holderIdentity: "me" } };
    expect((await cluster.send("POST", leases, lease)).code).toBe(201);
    expectRefusal(await cluster.send("PUT", `${leases}/one`, lease), "metadata.resourceVersion");
  });

  test.each([
    ["leases", { spec: { renewTime: "2020-01-01T00:00:00Z" } }, 'cannot parse "Z" as ".000000"'],
    [
      "leases",
      { spec: { leaseDurationSeconds: 2 ** 31 } },
      "cannot unmarshal number 2147483648 into Go struct field LeaseSpec.spec.leaseDurationSeconds of type int32",
    ],
    ["secrets", { data: { a: "!" } }, "illegal base64 data at input byte 0"],
    [
      "configmaps",
      { data: { a: 5 } },
      "cannot unmarshal number into Go struct field ConfigMap.data of type string",
    ],
    [
      "configmaps",
      { metadata: { name: "x", labels: [] } },
      "cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string",
    ],
  ])("%s with %j are not what they claim to be", async (plural, object, words) => {
    const root = plural === "leases" ? "/apis/coordination.k8s.io/v1" : "/api/v1";
    const body = { metadata: { name: "x" }, ...object };
    const answer = await cluster.send(
      "POST",
      `${root}/namespaces/${cluster.namespace}/${plural}?dryRun=All`,
      body,
    );
    expect(answer).toMatchObject({ code: 400, body: { reason: "BadRequest" } });
    expect(answer.body.message).toContain(words);
  });

  test("what is empty is not kept, and a null in a list is an empty item", async () => {
    const object = { metadata: { name: "x", labels: {}, finalizers: [] }, data: {}, binaryData: {} };
    const { body } = await cluster.send("POST", `${configMaps}?dryRun=All`, object);
    expect(body).not.toHaveProperty("data");
    expect(body).not.toHaveProperty("binaryData");
    expect(body.metadata).not.toHaveProperty("labels");
    const accounts = `/api/v1/namespaces/${cluster.namespace}/serviceaccounts?dryRun=All`;
    const account = await cluster.send("POST", accounts, {
      metadata: { name: "x" },
      imagePullSecrets: [null],
    });
    expect(account.body.imagePullSecrets).toEqual([{}]);
  });

  test("of a deletion's options, the body goes before the query", async () => {
    await cluster.send("POST", configMaps, { metadata: { name: "two" } });
    const { code } = await cluster.send("DELETE", `${configMaps}/two?dryRun=All`, {
      kind: "DeleteOptions",
      apiVersion: "v1",
    });
    expect(code).toBe(200);
    expect((await cluster.send("GET", `${configMaps}/two`)).code).toBe(404);
  });

  test("its health is told by check, and in a list", async () => {
    expect(await cluster.send("GET", "/livez/ping")).toMatchObject({ code: 200, body: "ok" });
    const { body } = await cluster.send("GET", "/readyz?verbose");
    expect(body).toMatch(/^\[\+\]ping ok\n(?:.*\n)*readyz check passed\n$/);
  });
});
