import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { CustomResourceDefinition } from "./crd.ts";
import { API_VERSION, GROUP } from "./names.ts";
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

  describe("kubectl explain", () => {
    /** It asks discovery and OpenAPI, which follow a definition later than its objects are served. */
    beforeAll(async () => {
      let missing: readonly string[] = [];
      const isPublished = async () => {
        const discovered = kubectl("api-resources", "--api-group", GROUP, "--output", "name").split("\n");
        missing = resources
          .map(({ plural }) => `${plural}.${GROUP}`)
          .filter((name) => !discovered.includes(name))
          .concat(await findUndescribed(server));
        return missing.length === 0;
      };
      await until(isPublished, 60_000, () => `still unpublished: ${missing.join(", ")}`);
    }, 90_000);

    test.each(resources)("knows every field of $kind, and what it is for", (resource) => {
      const fields = fieldsOf(rootSchema(resource));
      const explained = explainedFields(kubectl("explain", "--recursive", resource.plural));
      expect(fields.map(([path]) => path).filter((path) => !explained.has(path))).toEqual([]);
      const [path, field] = fields.find(([each]) => each.startsWith("spec.")) ?? [];
      expect(unwrap(kubectl("explain", `${resource.plural}.${path}`))).toContain(
        unwrap(field?.description ?? "?"),
      );
    });
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

  test.each([
    ["basic auth to kong", { gateway: "kong" }, { "basic-auth-secret": "users" }, "basic-auth-secret"],
    ["a certificate to an issuer's", { tls: true }, { "tls-secret": "cert" }, "tls"],
    ["no host to an issuer's certificate", { tls: true }, { "host-name": "" }, "host-name"],
    [
      "basic auth to a Gateway",
      { gateway: "gateway-api", parentRef: { name: "public" } },
      { "basic-auth-secret": "users" },
      "basic-auth-secret",
    ],
  ])("a change that adds %s is refused like a new object", async (what, before, change, field) => {
    const name = `changed-${what.replaceAll(/[^a-z]+/g, "-")}`;
    const metadata = { namespace, name };
    const spec = { "function-name": "hello", "host-name": "a.example.com", ...before };
    const { status, body } = await create({ ...acceptedObjects.http, metadata, spec } as never);
    expect(status).toBe(201);
    const changed = { ...body, spec: { ...body.spec, ...change } };
    const answer = await server.put(`${collection("HTTPTrigger")}/${name}`, changed);
    expect(answer.body.details?.causes).toMatchObject([{ field: `spec.${field}` }]);
  });

  describe("an object that a newer rule refuses", () => {
    const stored: readonly (readonly [AcceptedObject, object])[] = [
      ["http", { tls: true, "tls-secret": "both", gateway: "kong", "basic-auth-secret": "users" }],
      ["function", { handler: "no-dot" }],
      ["kafka", { topic: "orders", functionSelector: {} }],
    ];

    test.each(stored)("%s can still be changed and deleted", async (from, spec) => {
      const strict = inGroupOfItsOwn(from);
      const { group, names } = strict.spec;
      const definition = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${strict.metadata.name}`;
      const objects = `/apis/${group}/v1beta1/namespaces/${namespace}/${names.plural}`;
      const own = { apiVersion: `${group}/v1beta1`, kind: names.kind };
      const bad = (name: string) => ({
        ...applyChange([from, "spec", { ...acceptedObjects[from].spec, ...spec }]),
        ...own,
        metadata: { name },
      });
      onTestFinished(async () => void (await server.delete(definition)));

      await applyCrd(server, withoutRules(strict));
      await until(async () => (await server.post(objects, bad("stored"))).status === 201);
      await applyCrd(server, strict);
      await until(async () => (await server.post(`${objects}?dryRun=All`, bad("new"))).status === 422);

      const path = `${objects}/stored`;
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

/** The kind under other names, so that its rules can come and go while others use the real one. */
function inGroupOfItsOwn(from: AcceptedObject): CustomResourceDefinition {
  const resource = resources.find(({ kind }) => kind === acceptedObjects[from].kind) ?? resources[0];
  const { spec } = resource.crd();
  const kind = `Stored${spec.names.kind}`;
  const plural = `${kind.toLowerCase()}s`;
  const group = `${namespace}.example.com`;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      ...spec,
      group,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames: [],
        categories: [],
      },
    },
  };
}

/** The definition as it was before somebody wrote rules. */
function withoutRules(crd: CustomResourceDefinition): CustomResourceDefinition {
  return JSON.parse(
    JSON.stringify(crd, (key, value) => (key === "x-kubernetes-validations" ? undefined : value)),
  );
}

/** Asks until the answer is yes: an API server takes a moment to serve a changed CRD and says nothing when it does. */
async function until(
  isSo: () => Promise<boolean>,
  patienceMs = 20_000,
  tellWhatIs = () => "no word of it",
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await isSo())) {
    if (Date.now() > deadline)
      throw new Error(`It did not come about within ${patienceMs / 1000} seconds: ${tellWhatIs()}.`);
    await setTimeout(50);
  }
}

/**
 * The fields that the API server's OpenAPI, found by its index as kubectl finds it, does not describe as declared. A
 * document that has just changed is redirected from its former address.
 */
async function findUndescribed(server: ApiServer): Promise<readonly string[]> {
  const { body: index } = await server.get("/openapi/v3");
  const document = index.paths[`apis/${API_VERSION}`]?.serverRelativeURL;
  const { body } = document === undefined ? { body: undefined } : await server.get(document);
  return resources.flatMap((resource) => {
    const schema = body?.components.schemas[`io.kubeless.v1beta1.${resource.kind}`];
    const served = new Map(fieldsOf(schema ?? {}));
    return fieldsOf(rootSchema(resource))
      .filter(([path, { description = "none" }]) => served.get(path)?.description !== description)
      .map(([path]) => `${resource.kind}.${path}`);
  });
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

/** The paths in kubectl's tree of fields: a name, its type behind a tab, two more spaces for each level. */
function explainedFields(tree: string): ReadonlySet<string> {
  const paths = new Set<string>();
  const above: string[] = [];
  for (const [, indent = "", name = ""] of tree.matchAll(/^( {2,})(\S+)\t/gm)) {
    const depth = indent.length / 2 - 1;
    above.splice(depth, above.length, name);
    paths.add(above.join("."));
  }
  return paths;
}

function unwrap(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
