/**
 * Functions at once: seconds until all good ones are reconciled (children written, observedGeneration set) and requests
 * per object; how long a change of some takes then; and a second start over the same objects, which must write nothing.
 * With bad ones: so many among them, half of them not understood, half of them refused by the API server and tried again
 * for ever; there is no second start then. Without KUBECONFIG against local-cluster's API server, in this same process.
 *
 *   node --conditions=@kubeless/source bench/functions.ts [good] [bad]
 */
import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type FunctionObject, functionResource } from "@kubeless/api-types";
import {
  createClusterClient,
  createInformer,
  createProjectionManager,
  type Informer,
  type ProjectionManager,
  type Resource,
  resources,
} from "@kubeless/controller-kit";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { KubeConfig } from "@kubernetes/client-node";
import { oldFunction } from "../src/fixtures/functions.ts";
import { createConfigReader, createFunctionProjection } from "../src/index.ts";
import { VERSION } from "../src/version.ts";
import { countRequests, type Requests } from "./requests.ts";

const functions: Resource<FunctionObject> = { ...functionResource, namespaced: true };
const CHANGED = 20;
const QUIET_MS = 3_000;

const { positionals } = parseArgs({ allowPositionals: true });
const [good = 1000, bad = 0] = positionals.map(Number);
const kubeConfig = new KubeConfig();
if (process.env.KUBECONFIG === undefined) kubeConfig.loadFromString((await startApiServer()).kubeconfig);
else kubeConfig.loadFromDefault();
const client = createClusterClient({ kubeConfig });
await client.apply(resources.customResourceDefinitions, functionResource.crd());
await run(bad);
process.exit(0);

async function run(badOnes: number): Promise<void> {
  const namespace = `bench-${randomBytes(3).toString("hex")}`;
  await client.create(resources.namespaces, { metadata: { name: namespace } });
  try {
    await createFunctions(namespace, badOnes);
    const watched = createInformer({ client, resource: functions, namespace });
    watched.start();
    await watched.synced();
    const first = await start(namespace);
    const began = performance.now();
    await until(() => countReconciled(watched) === good, 100);
    say(`${good} good, ${badOnes} bad`, {
      seconds: seconds(began),
      requestsPerFunction: first.requests.total() / (good + badOnes),
      ...first.requests.byVerb(),
    });
    await changeSome(watched);
    await watched.stop();
    if (badOnes === 0) await first.requests.quiet(QUIET_MS);
    await first.manager.stop();
    if (badOnes > 0) return;
    const second = await start(namespace);
    await second.manager.idle();
    await setTimeout(QUIET_MS);
    say("second start", { writes: second.requests.total() });
    await second.manager.stop();
  } finally {
    await client.delete(resources.namespaces, { name: namespace });
  }
}

async function createFunctions(namespace: string, badOnes: number): Promise<void> {
  const every = Math.ceil((good + badOnes) / Math.max(badOnes, 1));
  const names = Array.from({ length: good + badOnes }, (_, index) =>
    badOnes > 0 && index % every === 0 && index / every < badOnes ? `bad-${index}` : `good-${index}`,
  );
  await forEach(names.entries(), async ([index, name]) => {
    const { apiVersion, kind, metadata, spec } = oldFunction({
      name,
      ...(name.startsWith("bad") && wrong(index)),
    });
    const object = { apiVersion, kind, metadata: { name, namespace, labels: metadata.labels } };
    await client.create(functions, { ...object, spec: { ...spec, replicas: 0 } });
  });
}

function wrong(index: number) {
  return index % 2 === 0
    ? { spec: { runtime: "cobol85" } }
    : { pod: { nodeSelector: { disk: "no value!" } } };
}

async function start(namespace: string): Promise<{ manager: ProjectionManager; requests: Requests }> {
  const requests = countRequests(client);
  const projection = createFunctionProjection({
    config: { namespace, name: "kubeless-config" },
    readConfig: createConfigReader({ version: VERSION, imageOverrides: {} }),
  });
  const options = { name: "bench", identity: "bench", client: requests.client, namespace };
  const manager = createProjectionManager({ ...options, projections: [projection] });
  await manager.start();
  return { manager, requests };
}

/** From the change of a good Function to its observedGeneration. */
async function changeSome(watched: Informer<FunctionObject>): Promise<void> {
  const some = watched
    .list()
    .filter(({ metadata }) => metadata.name.startsWith("good"))
    .slice(0, CHANGED);
  const took: number[] = [];
  for (const { metadata } of some) {
    const began = performance.now();
    const { metadata: changed } = await client.patch(functions, metadata, { spec: { timeout: "7" } });
    await until(() => watched.get(metadata)?.status?.observedGeneration === changed.generation);
    took.push(performance.now() - began);
  }
  took.sort((left, right) => left - right);
  say(`changing ${took.length}`, { medianMs: took[took.length >> 1] ?? 0, slowestMs: took.at(-1) ?? 0 });
}

function countReconciled(watched: Informer<FunctionObject>): number {
  return watched
    .list()
    .filter(
      ({ metadata, status }) =>
        metadata.name.startsWith("good") && status?.observedGeneration === metadata.generation,
    ).length;
}

async function forEach<T>(
  iterator: Iterator<T> & Iterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const worker = async () => {
    for (const item of iterator) await work(item);
  };
  await Promise.all(Array.from({ length: 32 }, worker));
}

async function until(isTrue: () => boolean, everyMs = 5): Promise<void> {
  while (!isTrue()) await setTimeout(everyMs);
}

function seconds(began: number): number {
  return (performance.now() - began) / 1000;
}

function say(title: string, figures: Record<string, number>): void {
  const parts = Object.entries(figures).map(([name, figure]) => `${name} ${Number(figure.toFixed(2))}`);
  process.stdout.write(`${title}: ${parts.join(", ")}\n`);
}
