import { httpTriggerResource } from "@kubeless/api-types";
import { type KubernetesObject, type Resource, resources } from "@kubeless/controller-kit";
import { type RoleWork, roleCases } from "@kubeless/controller-kit/testing";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { describe, expect, it } from "vitest";
import { crdOf } from "./fixtures/foreign-kinds.ts";
import { functions, gateways, httpRoutes, httpTriggers, kongPlugins, middlewares } from "./kinds.ts";

const { KUBELESS_TEST_KUBECONFIG: kubeconfig } = process.env;
const SOON = { timeout: 20_000 };
const foreignKinds: readonly Resource<object>[] = [middlewares, kongPlugins, httpRoutes, gateways];

describe("the manifests of the http trigger controller", () => {
  for (const { name, isSkipped, run } of roleCases({
    main: new URL("main.ts", import.meta.url),
    manifests: new URL("../manifests/", import.meta.url),
    kinds: [httpTriggerResource],
    foreignDefinitions: foreignKinds.map(crdOf),
    startServer: startApiServer,
    kubeconfig,
    work: makeItDoEverything,
  }))
    it.skipIf(isSkipped)(name, run, 120_000);
});

interface Case {
  readonly name: string;
  readonly spec: object;
  /** What is made of it; a Middleware's name goes on with a hash. */
  readonly children: readonly (readonly [kind: Resource<object>, name: string])[];
}

const parentRef = { name: "gateway" };
const cases: readonly Case[] = [
  { name: "plain", spec: {}, children: [[resources.ingresses, "plain"]] },
  {
    name: "traefik",
    spec: { gateway: "traefik", "cors-enable": true, "basic-auth-secret": "users" },
    children: [
      [middlewares, "traefik-cors"],
      [middlewares, "traefik-basic-auth"],
      [resources.ingresses, "traefik"],
    ],
  },
  {
    name: "kong",
    spec: { gateway: "kong", "cors-enable": true },
    children: [
      [kongPlugins, "kong-cors"],
      [resources.ingresses, "kong"],
    ],
  },
  { name: "route", spec: { gateway: "gateway-api", parentRef }, children: [[httpRoutes, "route"]] },
];

/** One trigger of each gateway through all that can happen to it and its children. */
async function makeItDoEverything({ client, namespace }: RoleWork): Promise<void> {
  const { items } = await client.list(resources.customResourceDefinitions);
  const isServed = (kind: Resource<object>) =>
    !foreignKinds.includes(kind) ||
    items.some(({ metadata: { name } }) => name === crdOf(kind).metadata.name);
  const metadata = { namespace, name: "hello" };
  await client.create(functions, { metadata, spec: { handler: "a.b", runtime: "nodejs" } } as never);
  await client.create(resources.secrets, {
    metadata: { namespace, name: "users" },
    data: { auth: "bWU6eA==" },
  } as never);
  for (const { name, spec, children } of cases) {
    if (!children.every(([kind]) => isServed(kind))) continue;
    await client.create(httpTriggers, {
      metadata: { namespace, name, finalizers: ["kubeless.io/httptrigger"] },
      spec: { "function-name": "hello", "host-name": `${name}.example.com`, ...spec },
    } as never);
    const find = async (kind: Resource<object>, child: string) =>
      (await client.list<KubernetesObject>(kind as Resource, { namespace })).items.find(
        ({ metadata: { name: found } }) => found === child || found.startsWith(`${child}-`),
      );
    for (const [kind, child] of children) {
      await expect.poll(() => find(kind, child), SOON).toBeDefined();
      const changed = { metadata: { annotations: { "kubeless.io/applied": "x" } } };
      await client.patch(kind as never, (await find(kind, child))?.metadata as never, changed as never);
      const applied = async () =>
        (await find(kind, child))?.metadata?.annotations?.["kubeless.io/applied"] ?? "x";
      await expect.poll(applied, SOON).not.toBe("x");
    }
    await client.patch(httpTriggers, { namespace, name }, { spec: { suspend: true } } as never);
    for (const [kind, child] of children) await expect.poll(() => find(kind, child), SOON).toBeUndefined();
    const trigger = async () => client.get(httpTriggers, { namespace, name });
    expect((await trigger()).metadata.finalizers).toBeUndefined();
    await expect.poll(async () => (await trigger()).status?.observedGeneration, SOON).toBe(2);
  }
}
