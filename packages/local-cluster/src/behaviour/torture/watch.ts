import { startApiServer } from "../../testing.ts";
import { openCluster, type TestCluster } from "../cluster.ts";
import { createRandom } from "./random.ts";

export interface WatchTortureOptions {
  readonly objects: number;
  readonly watchers: number;
  /** Updates, most of them to objects that others write at the same time. */
  readonly updates: number;
  /** Decides who writes what, and where watchers break off. */
  readonly seed: number;
  /** How much the server remembers: less makes watchers list again more often. */
  readonly historyLimit?: number;
}

export interface WatchTortureReport {
  /** Events that all watchers together have seen. */
  readonly events: number;
  /** How often a watcher had to list again. */
  readonly relists: number;
  /** How often a writer met another's write. */
  readonly conflicts: number;
  /** One sentence for everything that was not as it must be. */
  readonly faults: readonly string[];
}

interface Scene {
  readonly cluster: TestCluster;
  readonly collection: string;
  readonly random: () => number;
  readonly tally: { events: number; relists: number; conflicts: number; readonly faults: string[] };
}

/**
 * Many objects, many watchers (some break off and resume where they were, every tenth does not read for a while) and
 * writers that get in each other's way; in the end every watcher must have seen, in order, what is there.
 */
export async function tortureWatches(options: WatchTortureOptions): Promise<WatchTortureReport> {
  const { historyLimit = 1000 } = options;
  const cluster = await openCluster(undefined, () => startApiServer({ historyLimit }));
  const collection = `/apis/coordination.k8s.io/v1/namespaces/${cluster.namespace}/leases`;
  const tally = { events: 0, relists: 0, conflicts: 0, faults: [] as string[] };
  const scene = { cluster, collection, random: createRandom(options.seed), tally };
  try {
    await inLanes(20, options.objects, (index) => create(scene, `object-${index}`));
    const pause = Promise.withResolvers<void>();
    const watchers = Array.from({ length: options.watchers }, (_, index) =>
      follow(scene, index % 10 === 9 ? pause.promise : undefined),
    );
    await inLanes(10, options.updates, () => increment(scene, options.objects));
    pause.resolve();
    await create(scene, last);
    await judge(scene, await Promise.all(watchers), options.updates);
  } finally {
    await cluster.stop();
  }
  return tally;
}

const last = "the-last";

async function create({ cluster, collection }: Scene, name: string): Promise<void> {
  const { code, body } = await cluster.send("POST", collection, {
    metadata: { name },
    spec: { leaseTransitions: 0 },
  });
  if (code !== 201) throw new Error(`not created: ${JSON.stringify(body)}`);
}

/** Half of all updates go to ten objects. */
async function increment(scene: Scene, objects: number): Promise<void> {
  const { cluster, collection, random, tally } = scene;
  const path = `${collection}/object-${Math.floor(random() * (random() < 0.5 ? 10 : objects))}`;
  for (;;) {
    const { body } = await cluster.send("GET", path);
    body.spec.leaseTransitions += 1;
    const { code } = await cluster.send("PUT", path, body);
    if (code === 200) return;
    if (code !== 409) throw new Error(`an update was answered with ${code}`);
    tally.conflicts += 1;
  }
}

type Known = Map<string, string>;

/** Follows the collection by list and watch until it has seen the last object; what it then knows, by name. */
async function follow(scene: Scene, pause: Promise<void> | undefined): Promise<Known> {
  const { cluster, collection, tally } = scene;
  for (;;) {
    const { body } = await cluster.send("GET", collection);
    const known: Known = new Map();
    for (const { metadata } of body.items) known.set(metadata.name, metadata.resourceVersion);
    if (await watchOn(scene, known, Number(body.metadata.resourceVersion), pause)) return known;
    tally.relists += 1;
  }
}

/** Watches, breaking off now and then; true once the last object is seen, false when it has to list again. */
async function watchOn(
  { cluster, collection, random, tally }: Scene,
  known: Known,
  since: number,
  pause: Promise<void> | undefined,
): Promise<boolean> {
  let revision = since;
  while (!known.has(last)) {
    let left = 1 + Math.floor(random() * 500);
    for await (const { type, object } of cluster.watch(
      `${collection}?watch=true&resourceVersion=${revision}`,
    )) {
      if (type === "ERROR") return false;
      await pause;
      const { name, resourceVersion } = object.metadata as { name: string; resourceVersion: string };
      if (Number(resourceVersion) <= revision) tally.faults.push(`${resourceVersion} came after ${revision}`);
      revision = Number(resourceVersion);
      known.set(name, resourceVersion);
      tally.events += 1;
      left -= 1;
      if (name === last || left === 0) break;
    }
  }
  return true;
}

async function judge(
  { cluster, collection, tally }: Scene,
  watchers: Known[],
  updates: number,
): Promise<void> {
  const { body } = await cluster.send("GET", collection);
  const sum = body.items.reduce(
    (total: number, { spec }: { spec: { leaseTransitions: number } }) => total + spec.leaseTransitions,
    0,
  );
  if (sum !== updates) tally.faults.push(`${updates} updates were acknowledged and ${sum} are there`);
  for (const [index, known] of watchers.entries())
    for (const { metadata } of body.items)
      if (known.get(metadata.name) !== metadata.resourceVersion)
        tally.faults.push(
          `watcher ${index} knows ${metadata.name} at ${known.get(metadata.name)}, it is at ${metadata.resourceVersion}`,
        );
}

async function inLanes(lanes: number, count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) {
      next += 1;
      await work(next - 1);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
