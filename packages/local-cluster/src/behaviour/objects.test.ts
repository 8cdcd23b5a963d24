import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCluster, type TestCluster } from "./cluster.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG;

describe(`objects on ${kubeconfig === undefined ? "local-cluster" : "the cluster of KUBELESS_TEST_KUBECONFIG"}`, () => {
  let cluster: TestCluster;
  let maps: string;
  beforeAll(async () => {
    cluster = await openCluster(kubeconfig);
    maps = `/api/v1/namespaces/${cluster.namespace}/configmaps`;
  });
  afterAll(() => cluster.stop());
  const create = (name: string, more: object = {}) =>
    cluster.send("POST", maps, { metadata: { name, ...more }, data: { a: "1" } });

  test("a name that is taken is AlreadyExists, and the body says of what", async () => {
    await create("taken");
    const { code, body } = await create("taken");
    expect(code).toBe(409);
    expect(body).toMatchObject({
      kind: "Status",
      status: "Failure",
      reason: "AlreadyExists",
      message: 'configmaps "taken" already exists',
      details: { name: "taken", kind: "configmaps" },
    });
  });

  test("generateName gets five letters, and a bad name every rule it broke", async () => {
    const made = await cluster.send("POST", maps, { metadata: { generateName: "many-" } });
    expect(made.body.metadata.name).toMatch(/^many-[a-z0-9]{5}$/);
    const { code, body } = await create("Bad_Name");
    expect(code).toBe(422);
    expect(body.details.causes[0]).toMatchObject({ reason: "FieldValueInvalid", field: "metadata.name" });
  });

  test("an update from an old resourceVersion is a Conflict, one that changes nothing keeps the resourceVersion", async () => {
    const first = (await create("versioned")).body;
    const second = (await cluster.send("PUT", `${maps}/versioned`, { ...first, data: { a: "2" } })).body;
    expect(Number(second.metadata.resourceVersion)).toBeGreaterThan(Number(first.metadata.resourceVersion));
    const stale = await cluster.send("PUT", `${maps}/versioned`, { ...first, data: { a: "3" } });
    expect(stale.body).toMatchObject({ code: 409, reason: "Conflict" });
    const same = await cluster.send("PUT", `${maps}/versioned`, second);
    expect(same.body.metadata.resourceVersion).toBe(second.metadata.resourceVersion);
  });

  test("an object with finalizers is only marked until they are gone", async () => {
    await create("held", { finalizers: ["example.com/hold"] });
    const marked = await cluster.send("DELETE", `${maps}/held`);
    expect(marked.body.metadata).toMatchObject({
      deletionGracePeriodSeconds: 0,
      finalizers: ["example.com/hold"],
    });
    await cluster.send("PATCH", `${maps}/held`, { metadata: { finalizers: null } });
    expect((await cluster.send("GET", `${maps}/held`)).code).toBe(404);
  });

  test("preconditions, dry runs and unknown fields are honoured", async () => {
    await create("careful");
    const other = {
      kind: "DeleteOptions",
      apiVersion: "v1",
      preconditions: { uid: "00000000-0000-0000-0000-000000000000" },
    };
    expect((await cluster.send("DELETE", `${maps}/careful`, other)).code).toBe(409);
    const dry = await cluster.send("PATCH", `${maps}/careful?dryRun=All`, { data: { a: "dry" } });
    expect(dry.body.data.a).toBe("dry");
    expect((await cluster.send("GET", `${maps}/careful`)).body.data.a).toBe("1");
    const strict = await cluster.send("POST", `${maps}?fieldValidation=Strict`, {
      metadata: { name: "x" },
      dta: {},
    });
    expect(strict.body).toMatchObject({ code: 400, reason: "BadRequest" });
    expect(strict.body.message).toContain('strict decoding error: unknown field "dta"');
    const warned = await cluster.send("POST", `${maps}?dryRun=All`, { metadata: { name: "x" }, dta: {} });
    expect(warned.headers.warning).toContain("unknown field");
  });

  test("server-side apply owns what it names, tells who holds a field, and takes away what it no longer names", async () => {
    const apply = (manager: string, data: object, force = false) =>
      cluster.send(
        "PATCH",
        `${maps}/applied?fieldManager=${manager}&force=${force}`,
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "applied" }, data },
        { "content-type": "application/apply-patch+yaml" },
      );
    expect((await apply("one", { a: "1", b: "1" })).code).toBe(201);
    const refused = await apply("two", { a: "2" });
    expect(refused.body).toMatchObject({
      code: 409,
      reason: "Conflict",
      message: 'Apply failed with 1 conflict: conflict with "one": .data.a',
      details: {
        causes: [{ reason: "FieldManagerConflict", message: 'conflict with "one"', field: ".data.a" }],
      },
    });
    expect((await apply("two", { a: "2" }, true)).body.data).toEqual({ a: "2", b: "1" });
    expect((await apply("one", {})).body.data).toEqual({ a: "2" });
  });

  test("server-side apply takes the last of its labels and annotations away, too", async () => {
    const apply = (metadata: object) =>
      cluster.send(
        "PATCH",
        `${maps}/stripped?fieldManager=one`,
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "stripped", ...metadata } },
        { "content-type": "application/apply-patch+yaml" },
      );
    await apply({ labels: { a: "1" }, annotations: { b: "2" } });
    const { metadata } = (await apply({})).body;
    expect(metadata).not.toHaveProperty("labels");
    expect(metadata).not.toHaveProperty("annotations");
  });

  test("pages of a list show one moment", async () => {
    for (const name of ["page-a", "page-b", "page-c"]) await create(name, { labels: { page: "yes" } });
    const first = await cluster.send("GET", `${maps}?labelSelector=page%3Dyes&limit=2`);
    expect(first.body.items).toHaveLength(2);
    await create("page-d", { labels: { page: "yes" } });
    const rest = await cluster.send(
      "GET",
      `${maps}?labelSelector=page%3Dyes&limit=2&continue=${first.body.metadata.continue}`,
    );
    expect(rest.body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual([
      "page-c",
    ]);
    expect(rest.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
  });

  test("a watch resumes after its resourceVersion, and an object that leaves the selection is deleted for it", async () => {
    const start = (await create("watched", { labels: { seen: "yes" } })).body.metadata.resourceVersion;
    await cluster.send("PATCH", `${maps}/watched`, { data: { a: "2" } });
    await cluster.send("PATCH", `${maps}/watched`, { metadata: { labels: { seen: "no" } } });
    const events: string[] = [];
    for await (const { type } of cluster.watch(
      `${maps}?watch=true&labelSelector=seen%3Dyes&resourceVersion=${start}`,
    )) {
      events.push(type);
      if (events.length === 2) break;
    }
    expect(events).toEqual(["MODIFIED", "DELETED"]);
  });

  test("sendInitialEvents ends with a bookmark that says so", async () => {
    expect.assertions(1);
    const query =
      "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    for await (const { type, object } of cluster.watch(`${maps}?${query}`)) {
      if (type !== "BOOKMARK") continue;
      expect((object.metadata as { annotations: object }).annotations).toEqual({
        "k8s.io/initial-events-end": "true",
      });
      break;
    }
  });

  test("a resourceVersion from before the history is Expired", async () => {
    expect.assertions(2);
    for await (const { type, object } of cluster.watch(`${maps}?watch=true&resourceVersion=1`)) {
      expect(type).toBe("ERROR");
      expect(object).toMatchObject({ kind: "Status", code: 410, reason: "Expired" });
      break;
    }
  });
});
