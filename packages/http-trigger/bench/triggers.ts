/**
 * HTTP triggers at once: seconds until each has its Ingress and status, and requests per trigger; a second start over the
 * same objects, which must write nothing; and how long an annotation of a child that a hand changed takes to come back.
 * Without KUBECONFIG against local-cluster's API server, in this same process.
 *
 *   node --conditions=@kubeless/source bench/triggers.ts [triggers]
 */
import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { functionResource, httpTriggerResource } from "@kubeless/api-types";
import {
  type ClusterClient,
  createClusterClient,
  createProjectionManager,
  type ProjectionManager,
  resources,
} from "@kubeless/controller-kit";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { KubeConfig } from "@kubernetes/client-node";
import { createHttpProjection } from "../src/index.ts";
import { functions, httpTriggers } from "../src/kinds.ts";

const count = Number(process.argv[2] ?? 1000);
const CORS = "nginx.ingress.kubernetes.io/enable-cors";
const QUIET_MS = 3_000;

const kubeConfig = new KubeConfig();
const server = process.env.KUBECONFIG === undefined ? await startApiServer() : undefined;
if (server === undefined) kubeConfig.loadFromDefault();
else kubeConfig.loadFromString(server.kubeconfig);
const client = createClusterClient({ kubeConfig });
const namespace = `bench-${randomBytes(3).toString("hex")}`;
for (const kind of [functionResource, httpTriggerResource])
  await client.apply(resources.customResourceDefinitions, kind.crd());
await client.create(resources.namespaces, { metadata: { name: namespace } });
try {
  await run();
} finally {
  await client.delete(resources.namespaces, { name: namespace });
  await client.close();
  await server?.stop();
}

async function run(): Promise<void> {
  await client.create(functions, {
    metadata: { namespace, name: "hello" },
    spec: { handler: "a.b", runtime: "nodejs" },
  } as never);
  const first = await start();
  const began = performance.now();
  await createTriggers();
  const created = performance.now();
  while ((await countPublished()) < count) await setTimeout(200);
  const published = performance.now();
  // The gateways' words, and the half minute for which they are waited for.
  let before = -1;
  while (first.requests.size !== before) {
    before = first.requests.size;
    await setTimeout(35_000);
  }
  const { requests } = first;
  say(`${count} triggers`, {
    secondsToCreate: (created - began) / 1000,
    secondsUntilPublished: (published - began) / 1000,
    requestsPerTrigger: requests.size / count,
    ...Object.fromEntries(requests.byVerb),
  });
  await first.manager.stop();

  const second = await start();
  await second.manager.idle();
  await setTimeout(QUIET_MS);
  say("second start", { requests: second.requests.size });
  await undoHand();
  await second.manager.stop();
}

async function undoHand(): Promise<void> {
  const name = { namespace, name: "trigger-0" };
  await client.patch(resources.ingresses, name, { metadata: { annotations: { [CORS]: "false" } } } as never);
  const changed = performance.now();
  while ((await client.get(resources.ingresses, name)).metadata.annotations?.[CORS] !== "true")
    await setTimeout(5);
  say("a hand's annotation", { undoneInMs: performance.now() - changed });
}

async function createTriggers(): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `trigger-${index}`).values();
  const worker = async () => {
    for (const name of names)
      await client.create(httpTriggers, {
        metadata: { namespace, name },
        spec: {
          "function-name": "hello",
          gateway: "nginx",
          "host-name": `${name}.${namespace}.example.com`,
          path: "api",
          "cors-enable": true,
        },
      } as never);
  };
  await Promise.all(Array.from({ length: 32 }, worker));
}

async function countPublished(): Promise<number> {
  const { items } = await client.list(httpTriggers, { namespace });
  return items.filter(({ status }) =>
    status?.conditions?.some((one) => one.type === "Published" && one.status === "True"),
  ).length;
}

interface Requests {
  readonly size: number;
  readonly byVerb: ReadonlyMap<string, number>;
}

async function start(): Promise<{ manager: ProjectionManager; requests: Requests }> {
  const byVerb = new Map<string, number>();
  const manager = createProjectionManager({
    name: "http-trigger",
    identity: "bench",
    client: counted(client, byVerb),
    projections: [createHttpProjection({ namespace: "kubeless", now: () => new Date() })],
    namespace,
  });
  await manager.start();
  const requests = {
    byVerb,
    get size() {
      return [...byVerb.values()].reduce((sum, one) => sum + one, 0);
    },
  };
  return { manager, requests };
}

/** Beside lists and watches. */
function counted(original: ClusterClient, byVerb: Map<string, number>): ClusterClient {
  const verbs = ["get", "find", "create", "replace", "patch", "apply", "delete"] as const;
  const counting = (verb: (typeof verbs)[number]) => {
    const call = original[verb] as (...given: unknown[]) => unknown;
    return (...given: unknown[]) => {
      byVerb.set(verb, (byVerb.get(verb) ?? 0) + 1);
      return call(...given);
    };
  };
  return { ...original, ...Object.fromEntries(verbs.map((verb) => [verb, counting(verb)])) };
}

function say(title: string, figures: Record<string, number>): void {
  const parts = Object.entries(figures).map(([name, figure]) => `${name} ${Number(figure.toFixed(2))}`);
  process.stdout.write(`${title}: ${parts.join(", ")}\n`);
}
