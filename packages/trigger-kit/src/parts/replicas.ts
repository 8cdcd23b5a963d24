import { labels } from "@kubeless/api-types";
import { type ClusterClient, createLeaseHolder, type Logger, resources } from "@kubeless/controller-kit";
import { shortHash } from "./short-hash.ts";
import { type PartTiming, partTiming } from "./timing.ts";

/** The replicas of one controller that live, as far as this one sees. What they hold is decided by the parts' Leases. */
export interface Replicas {
  /** Sorted; this one among them. */
  readonly alive: readonly string[];
  /** From the first call on the others see this one. Resolves when it has seen them. */
  join(): Promise<void>;
  /** Calls back when another came or went, until the returned function is called. */
  onChange(listener: () => void): () => void;
  /** The others need not wait until this one's silence tells them. */
  leave(): Promise<void>;
}

export interface ReplicasOptions {
  readonly client: ClusterClient;
  /** The controller's own, where its replicas' Leases lie. */
  readonly namespace: string;
  /** What the replicas are replicas of: a label's value. */
  readonly controller: string;
  /** This one: its pod's name. */
  readonly identity: string;
  readonly timing?: PartTiming | undefined;
  /** Monotonic, ms. */
  readonly now?: (() => number) | undefined;
  readonly logger: Logger;
}

/** Each replica keeps a Lease of its own, and looks at those of the others. */
export function createReplicas(options: ReplicasOptions): Replicas {
  const { client, namespace, controller, identity, logger, timing = partTiming } = options;
  const now = options.now ?? (() => performance.now());
  const name = `${controller}-${shortHash(identity)}`;
  const selector = { [labels.replicaOf]: controller };
  const lease = createLeaseHolder({
    client,
    namespace,
    name,
    identity,
    leaseDurationMs: timing.leaseMs,
    now,
    labels: selector,
  });
  const stopping = new AbortController();
  const listeners = new Set<() => void>();
  const seen = new Map<string, { resourceVersion: string; at: number }>();
  const joined = Promise.withResolvers<void>();
  let alive: readonly string[] = [identity];
  let running: Promise<void> | undefined;
  let wake = (): void => undefined;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look().catch((err: unknown) => {
        if (!stopping.signal.aborted)
          logger.warn({ err }, "The other replicas cannot be seen; it is tried again");
      });
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timing.retryMs * 2);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async function look(): Promise<void> {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(timing.termMs)]);
    await lease.acquireOrRenew(signal);
    const { items } = await client.list(resources.leases, {
      namespace,
      labelSelector: `${labels.replicaOf}=${controller}`,
      signal,
    });
    const others = items.filter(
      ({ spec, metadata }) => spec?.holderIdentity !== identity && metadata.name !== name,
    );
    const living = others.filter(isAlive).flatMap(({ spec }) => spec?.holderIdentity || []);
    for (const dead of others.filter((other) => !isAlive(other))) await bury(dead.metadata);
    const next = [...new Set([identity, ...living])].toSorted();
    const changed = next.join() !== alive.join();
    alive = next;
    joined.resolve();
    if (changed) for (const listener of listeners) listener();
  }

  function isAlive({
    metadata: { uid, resourceVersion },
  }: {
    metadata: { uid: string; resourceVersion: string };
  }) {
    const before = seen.get(uid);
    if (before?.resourceVersion === resourceVersion) return now() - before.at < timing.leaseMs;
    seen.set(uid, { resourceVersion, at: now() });
    return true;
  }

  /** One that only paused makes its Lease anew. */
  async function bury({
    name: dead,
    uid,
    resourceVersion,
  }: {
    name: string;
    uid: string;
    resourceVersion: string;
  }) {
    seen.delete(uid);
    await client
      .delete(resources.leases, { namespace, name: dead }, { preconditions: { uid, resourceVersion } })
      .catch((err: unknown) =>
        logger.warn({ err, lease: dead }, "The Lease of a dead replica was not deleted"),
      );
  }

  return {
    get alive() {
      return alive;
    },
    join() {
      running ??= run();
      return joined.promise;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async leave() {
      if (running === undefined) return;
      stopping.abort();
      wake();
      await running;
      await client
        .delete(resources.leases, { namespace, name })
        .catch((err: unknown) =>
          logger.warn({ err, lease: name }, "The others will notice by its silence that this replica left"),
        );
    },
  };
}

/** For a controller of which there is one process only. */
export function soleReplica(identity: string): Replicas {
  return {
    alive: [identity],
    join: () => Promise.resolve(),
    onChange: () => () => undefined,
    leave: () => Promise.resolve(),
  };
}
