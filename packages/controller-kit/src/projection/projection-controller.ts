import { FIELD_MANAGER } from "@kubeless/api-types";
import type { ClusterClient } from "../cluster/client.ts";
import { type Live, type LiveObject, type ObjectReference, toKey } from "../cluster/kubernetes-object.ts";
import type { LeaderElection } from "../election/leader-election.ts";
import type { EventRecorder } from "../events/event-recorder.ts";
import type { Change, Informer } from "../informer/informer.ts";
import type { InformerCache, WatchedKind } from "../informer/informer-cache.ts";
import { type Logger, silentLogger } from "../log/logger.ts";
import { type Controller, createController } from "../reconcile/controller.ts";
import type { ControllerMetrics } from "../reconcile/controller-metrics.ts";
import type { WorkQueueOptions } from "../reconcile/work-queue.ts";
import { aborted } from "../run/aborted.ts";
import { createInputIndex } from "./input-index.ts";
import type { LiveChild, Projection } from "./projection.ts";
import { type ProjectionParts, reconcileProjection } from "./reconcile-projection.ts";

export interface ProjectionControllerOptions<Object extends object> {
  projection: Projection<Object>;
  client: ClusterClient;
  /** Whose informers are used; it also says which namespaces. Started and stopped by whoever made it. */
  cache: InformerCache;
  /** Only the leader writes. Absent: this is the only one there is. */
  election?: LeaderElection | undefined;
  /** Default `kubeless`. */
  fieldManager?: string | undefined;
  /** Objects worked on at a time. Default 8. */
  workers?: number | undefined;
  queue?: WorkQueueOptions | undefined;
  events?: EventRecorder | undefined;
  logger?: Logger | undefined;
  metrics?: ControllerMetrics | undefined;
}

/** Keeps the children and the status of every object of a kind as its projection says. */
export interface ProjectionController {
  readonly name: string;
  /** Begins when the cache has synced and, with an election, whenever this process leads. */
  start(): void;
  /** Takes no new object; resolves when those being worked on are finished. */
  stop(): Promise<void>;
  /** Undefined while it makes progress, else what it is stuck at. */
  stuck(): string | undefined;
  /** Resolves when work has begun (with an election: in the first term) and nothing is queued or worked on. */
  idle(): Promise<void>;
}

export function createProjectionController<Object extends object>(
  options: ProjectionControllerOptions<Object>,
): ProjectionController {
  const { projection, cache, election, fieldManager = FIELD_MANAGER, logger = silentLogger } = options;
  const objects = cache.informer<Object>({ resource: projection.resource });
  const children = projection.children.map((kind) => ({
    informer: cache.informer(kind as WatchedKind<LiveChild>),
    metadataOnly: kind.metadataOnly ?? false,
  }));
  const reads = (projection.reads ?? []).map((kind) => cache.informer(kind));
  const parts = { ...options, fieldManager, objects, children, reads };
  const watches = createWatches(parts);
  const stopping = new AbortController();
  const begun = Promise.withResolvers<void>();
  let controller: Controller | undefined;
  let running: Promise<void> = Promise.resolve();

  async function runTerm(client: ClusterClient, over: Promise<unknown>): Promise<void> {
    const current = createController({
      ...options,
      name: projection.name,
      reconcile: (key) => reconcileProjection({ ...parts, client }, key),
    });
    controller = current;
    const unwatch = watches.open(current.enqueue);
    current.start();
    begun.resolve();
    await over;
    unwatch();
    await current.stop();
  }

  async function run(): Promise<void> {
    const stopped = aborted(stopping.signal);
    await Promise.race([cache.synced(), stopped]);
    if (stopping.signal.aborted) return;
    if (election === undefined) return runTerm(options.client, stopped);
    for await (const term of election.terms(stopping.signal)) {
      await runTerm(options.client.fenced(term.check), Promise.race([term.over, stopped]));
    }
  }

  return {
    name: projection.name,
    start() {
      running = run().catch((err: unknown) => {
        if (!stopping.signal.aborted)
          logger.error({ controller: projection.name, err }, "The controller ended");
      });
    },
    async stop() {
      stopping.abort();
      await running;
      begun.resolve();
    },
    stuck: () => controller?.stuck(),
    async idle() {
      await begun.promise;
      await controller?.idle();
    },
  };
}

/** Turns changes of the object, its children and its inputs into its key. */
function createWatches<Object extends object>(parts: Omit<ProjectionParts<Object>, "client">) {
  const { projection, objects, children, reads } = parts;
  let inputs = createInputIndex();
  let keysByUid = new Map<string, string>();

  function onObject({ type, object }: Change<Object>): string {
    const key = toKey(object.metadata);
    if (type === "deleted") {
      inputs.delete(key);
      keysByUid.delete(object.metadata.uid);
    } else {
      inputs.set(key, inputsOf(object));
      keysByUid.set(object.metadata.uid, key);
    }
    return key;
  }

  /** An object that `inputs` cannot read is worked on all the same: that is where its fault is told. */
  function inputsOf(object: Live<Object>): readonly ObjectReference[] {
    try {
      return projection.inputs(object);
    } catch {
      return [];
    }
  }

  function ownersOf(object: LiveObject): string[] {
    return (object.metadata.ownerReferences ?? []).flatMap(({ uid }) => keysByUid.get(uid) ?? []);
  }

  /** Everything there is comes first: what was known from an earlier term is forgotten. */
  function open(enqueue: (key: string) => void): () => void {
    inputs = createInputIndex();
    keysByUid = new Map();
    const unwatch = [
      objects.onChange((change) => enqueue(onObject(change))),
      ...children.map(({ informer }) =>
        informer.onChange(({ object, previous = object }) => {
          for (const key of [...ownersOf(object), ...ownersOf(previous)]) enqueue(key);
        }),
      ),
      ...reads.map((informer: Informer<object>) =>
        informer.onChange(({ object, previous = object }) => {
          for (const key of inputs.readersOf(object as Live<object>, previous)) enqueue(key);
        }),
      ),
    ];
    return () => {
      for (const end of unwatch) end();
    };
  }

  return { open };
}
