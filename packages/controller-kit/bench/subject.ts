import {
  createClusterClient,
  createInformer,
  type KubernetesObject,
  type Resource,
} from "@kubeless/controller-kit";
import { CustomObjectsApi, KubeConfig, makeInformer } from "@kubernetes/client-node";
import { EVENTS, OBJECTS } from "./size.ts";

/** One informer in a process of its own; prints what it took: `node subject.ts kit|client-node <port>`. */
const [, , name = "kit", port = "0"] = process.argv;
const base = `http://127.0.0.1:${port}`;
const config = new KubeConfig();
config.loadFromClusterAndUser({ name: "bench", server: base, skipTLSVerify: true }, { name: "nobody" });
const seen = { added: 0, modified: 0, last: "" };
const things: Resource<KubernetesObject> = {
  apiVersion: "bench.example.com/v1",
  kind: "Thing",
  plural: "things",
  namespaced: true,
};

const before = process.cpuUsage();
const began = performance.now();
await (name === "kit" ? startKit() : startClientNode());
const sync = process.cpuUsage(before);
const syncMs = performance.now() - began;
global.gc?.();
const rssMb = process.memoryUsage().rss / 2 ** 20;

const eventsBegan = performance.now();
const eventsBefore = process.cpuUsage();
await fetch(`${base}/events`);
await until(() => seen.modified >= EVENTS);
const seconds = (performance.now() - eventsBegan) / 1000;
const events = process.cpuUsage(eventsBefore);

process.send?.({
  cpuMs: (sync.user + sync.system) / 1000,
  syncMs,
  rssMb,
  eventsPerSecond: EVENTS / seconds,
  eventCpuMicros: (events.user + events.system) / EVENTS,
  ...(name === "kit" && (await measureResume())),
});
process.exit(0);

/** Bar C4: from a reset of the connection to the next change seen, and whether it took another list. */
async function measureResume() {
  const { lists } = (await (await fetch(`${base}/counts`)).json()) as { lists: number; watches: number };
  const cutAt = performance.now();
  await fetch(`${base}/cut`);
  while (seen.last !== "10000001") {
    await fetch(`${base}/last`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const after = (await (await fetch(`${base}/counts`)).json()) as { lists: number };
  return { resumeMs: performance.now() - cutAt, listsAfterCut: after.lists - lists };
}

async function startKit(): Promise<void> {
  const informer = createInformer({ client: createClusterClient({ kubeConfig: config }), resource: things });
  informer.onChange(({ type, object }) => note(type === "added", object.metadata.resourceVersion));
  informer.start();
  await informer.synced();
}

async function startClientNode(): Promise<void> {
  const api = config.makeApiClient(CustomObjectsApi);
  const list = () =>
    api.listCustomObjectForAllNamespaces({
      group: "bench.example.com",
      version: "v1",
      plural: "things",
      resourcePlural: "things",
    });
  const informer = makeInformer(config, "/apis/bench.example.com/v1/things", list as never);
  informer.on("add", (object) => note(true, object.metadata?.resourceVersion));
  informer.on("update", (object) => note(false, object.metadata?.resourceVersion));
  await informer.start();
  await until(() => seen.added >= OBJECTS);
}

function note(isAdded: boolean, version = ""): void {
  if (isAdded) seen.added += 1;
  else seen.modified += 1;
  seen.last = version;
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 1));
}
