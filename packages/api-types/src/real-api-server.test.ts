import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { API_VERSION } from "./names.ts";
import { resources } from "./resources.ts";
import type { StructuralSchema } from "./structural-schema.ts";
import { type AcceptedObject, acceptedObjects } from "./testing/accepted-objects.ts";
import { type Answer, type ApiServer, connect } from "./testing/api-server.ts";
import { applyChange, badObjects, nameChange, onlyTheControllerKnows } from "./testing/bad-objects.ts";
import { cliObjects, otherObjects } from "./testing/stored-objects.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG ?? "";
const namespace = `api-types-${randomBytes(4).toString("hex")}`;

/** Needs a Kubernetes of 1.30 or newer; `vitest -u` records the verdicts anew. */
describe.skipIf(kubeconfig === "")("on a real API server (KUBELESS_TEST_KUBECONFIG)", () => {
  let server: ApiServer;

  const plural = (kind: string) => resources.find((resource) => resource.kind === kind)?.plural ?? kind;
  const collection = (kind: string) => `/apis/${API_VERSION}/namespaces/${namespace}/${plural(kind)}`;
  const create = (object: { kind: string }, query = "") => {
    const { metadata } = object as { metadata?: object } & typeof object;
    return server.post(`${collection(object.kind)}${query}`, {
      ...object,
      metadata: { ...metadata, namespace },
    });
  };
  const kubectl = (...words: string[]) =>
    execFileSync("kubectl", ["--kubeconfig", kubeconfig, "--namespace", namespace, ...words], {
      encoding: "utf8",
      maxBuffer: 2 ** 26,
    });

  beforeAll(async () => {
    server = connect(kubeconfig);
    await server.post("/api/v1/namespaces", { metadata: { name: namespace } });
    for (const resource of resources) await applyCrd(server, resource.crd());
  });

  afterAll(async () => {
    await server.delete(`/api/v1/namespaces/${namespace}`);
  });

  test.each(resources)("the CRD of $kind applies without a warning", async (resource) => {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${resource.crd().metadata.name}`;
    const answer = await server.apply(path, resource.crd());
    expect(answer).toMatchObject({ status: 200, warnings: [] });
  });

  test.each(resources)("kubectl explain knows every field of $kind", (resource) => {
    const explained = kubectl("explain", "--recursive", resource.plural);
    for (const [path, { description }] of fieldsOf(rootSchema(resource))) {
      expect(description, path).toBeTruthy();
      expect(explained).toContain(path.split(".").at(-1)?.replace("[]", ""));
    }
    const [path, field] = fieldsOf(rootSchema(resource)).find(([each]) => each.startsWith("spec.")) ?? [];
    expect(unwrap(kubectl("explain", `${resource.plural}.${path}`))).toContain(
      unwrap(field?.description ?? "?"),
    );
  });

  test.each(Object.entries(acceptedObjects))(
    "%s is accepted and comes back as it was",
    async (name, object) => {
      const named = { ...object, metadata: { name: `accepted-${name.toLowerCase()}` } };
      const { status, body, warnings } = await create(named, "?fieldValidation=Strict");
      expect({ status, warnings, spec: body.spec }).toEqual({ status: 201, warnings: [], spec: object.spec });
    },
  );

  test.each(cliObjects().map((object) => [`${object.kind} ${object.metadata.name}`, object] as const))(
    "%s of the original CLI is accepted and comes back field by field",
    async (_name, object) => {
      const { status, body } = await create(object);
      expect({ status, spec: body.spec }).toEqual({ status: 201, spec: object.spec });
      const path = `${collection(object.kind)}/${object.metadata.name}`;
      expect((await server.get(path)).body.spec).toEqual(object.spec);
    },
  );

  test.each(otherObjects().map((object) => [`${object.kind} ${object.metadata.name}`, object] as const))(
    "%s of other clients is accepted, comes back field by field, and can be deleted",
    async (_name, object) => {
      const renamed = { ...object, metadata: { ...object.metadata, name: `other-${object.metadata.name}` } };
      const { status, body } = await create(renamed, "?fieldValidation=Strict");
      expect({ status, spec: body.spec }).toEqual({ status: 201, spec: object.spec });
      const path = `${collection(object.kind)}/${renamed.metadata.name}`;
      const { finalizers: _old, ...metadata } = body.metadata;
      expect((await server.put(path, { ...body, metadata })).status).toBe(200);
      expect((await server.delete(path)).status).toBe(200);
    },
  );

  test("the verdicts on bad objects are the recorded ones", async () => {
    const verdicts: Record<string, unknown> = {};
    for (const change of [...badObjects, ...onlyTheControllerKnows])
      verdicts[nameChange(change)] = verdict(await create(applyChange(change), "?dryRun=All"));
    await expect(`${JSON.stringify(verdicts, null, 1)}\n`).toMatchFileSnapshot("fixtures/verdicts.json");
  }, 120_000);

  test("kubectl scale sets the number of pods of a function", async () => {
    await create({ ...acceptedObjects.function, metadata: { name: "scaled" } } as never);
    kubectl("scale", "function/scaled", "--replicas=7");
    expect((await server.get(`${collection("Function")}/scaled`)).body.spec.replicas).toBe(7);
    expect((await server.get(`${collection("Function")}/scaled/scale`)).body.spec.replicas).toBe(7);
  });

  test("kubectl get says whether it works, and if not why", async () => {
    const { body } = await create({ ...acceptedObjects.function, metadata: { name: "shown" } } as never);
    const condition = { type: "Ready", status: "False", reason: "InstallFailed", message: "npm says no." };
    const conditions = [{ ...condition, lastTransitionTime: "2026-01-01T00:00:00Z" }];
    const path = `${collection("Function")}/shown/status`;
    expect((await server.put(path, { ...body, status: { conditions, readyReplicas: 0 } })).status).toBe(200);
    expect(kubectl("get", "fn", "shown", "--no-headers").split(/\s+/).slice(0, 6)).toEqual([
      "shown",
      "False",
      "hello.handler",
      "nodejs24",
      "0",
      "InstallFailed",
    ]);
    expect(kubectl("get", "kubeless", "-o", "wide")).toContain("npm says no.");
  });

  describe("an object that a newer rule refuses", () => {
    const stored: readonly (readonly [AcceptedObject, object])[] = [
      ["http", { tls: true, "tls-secret": "both" }],
      ["function", { handler: "no-dot" }],
      ["kafka", { topic: "orders", functionSelector: {} }],
    ];

    test.each(stored)("%s can still be changed and deleted", async (from, spec) => {
      const object = acceptedObjects[from];
      const name = `stored-${from}`;
      const resource = resources.find(({ kind }) => kind === object.kind) ?? resources[0];
      const path = `${collection(object.kind)}/${name}`;
      await withoutRules(server, resource, async () => {
        const broken = { ...object, metadata: { name }, spec: { ...object.spec, ...spec } };
        await until(async () => (await create(broken)).status === 201);
      });
      await until(
        async () => (await create(applyChange([from, "spec", spec]), "?dryRun=All")).status === 422,
      );
      const { body } = await server.get(path);
      const relabelled = { ...body, metadata: { ...body.metadata, labels: { team: "a" } } };
      const answer = await server.put(path, relabelled);
      expect([answer.body.message, answer.status]).toEqual([undefined, 200]);
      const { body: again } = await server.get(path);
      const changed = { ...again, spec: { ...again.spec, ...harmlessChange[from] } };
      expect((await server.put(path, changed)).body).toMatchObject({ spec: harmlessChange[from] });
      expect((await server.delete(path)).status).toBe(200);
    });
  });
});

const harmlessChange: Partial<Record<AcceptedObject, object>> = {
  http: { path: "changed" },
  function: { timeout: "31" },
  kafka: { suspend: false },
};

interface Verdict {
  readonly accepted: boolean;
  readonly causes?: readonly { readonly field: string; readonly message: string }[];
}

function verdict({ status, body }: Answer): Verdict {
  if (status === 201) return { accepted: true };
  const causes = (body.details?.causes ?? [
    { field: "", message: body.message },
  ]) as Required<Verdict>["causes"];
  return {
    accepted: false,
    causes: causes.map(({ field, message }) => ({
      field,
      message: message.replace(/(Invalid value: ").{80}.*?(":)/s, "$1…$2"),
    })),
  };
}

async function applyCrd(server: ApiServer, crd: { metadata: { name: string } }): Promise<void> {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}`;
  await server.apply(path, crd);
  await until(async () => {
    const { body } = await server.get(path);
    return body.status?.conditions?.some(
      (each: { type: string; status: string }) => each.type === "Established" && each.status === "True",
    );
  });
}

/** Runs with a CRD that has no rules, as it was before somebody wrote them, and puts the rules back. */
async function withoutRules(
  server: ApiServer,
  resource: (typeof resources)[number],
  run: () => Promise<void>,
) {
  const lax = JSON.parse(
    JSON.stringify(resource.crd(), (key, value) => (key === "x-kubernetes-validations" ? undefined : value)),
  );
  await applyCrd(server, lax);
  try {
    await run();
  } finally {
    await applyCrd(server, resource.crd());
  }
}

/** Asks until the answer is yes: an API server takes a moment to serve a changed CRD and says nothing when it does. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await isSo()))
    if (Date.now() > deadline) throw new Error("It did not come about within 20 seconds.");
}

function rootSchema(resource: (typeof resources)[number]): StructuralSchema {
  const {
    metadata: _theirs,
    apiVersion: _a,
    kind: _k,
    ...ours
  } = resource.crd().spec.versions[0]?.schema.openAPIV3Schema.properties ?? {};
  return { type: "object", properties: ours };
}

function fieldsOf(schema: StructuralSchema, prefix = ""): [string, StructuralSchema][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]): [string, StructuralSchema][] => [
    [`${prefix}${name}`, field],
    ...fieldsOf(field.items ?? field, `${prefix}${name}.`),
  ]);
}

function unwrap(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
