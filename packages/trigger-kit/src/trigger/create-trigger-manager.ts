import {
  type ClusterClient,
  createHealthServer,
  createInformerCache,
  createLeaderElection,
  createManager,
  type Logger,
  type Manager,
} from "@kubeless/controller-kit";
import { Registry } from "prom-client";
import { createReplicas, soleReplica } from "../parts/replicas.ts";
import { shortHash } from "../parts/short-hash.ts";
import type { EventSource } from "../source.ts";
import { createReplicaPods } from "./replica-pods.ts";
import { lookMs } from "./status-writer.ts";
import { createTriggerController } from "./trigger-controller.ts";
import type { TriggerKind, TriggerSpec } from "./trigger-kind.ts";

export interface TriggerManagerOptions<Spec extends TriggerSpec, Config> {
  /** The package's: the Lease's name. */
  readonly name: string;
  /** This replica: its pod's name. */
  readonly identity: string;
  /**
   * Tells this process from others that bear the identity before and after it, and never beside it, as the containers of a
   * pod do: what one before it held is taken over at once. Absent: another may bear the identity at the same time.
   */
  readonly process?: string | undefined;
  readonly kind: TriggerKind<Spec>;
  readonly source: EventSource<Spec, Config>;
  readonly config: Config;
  readonly client: ClusterClient;
  /** The only namespace it works in; absent: all. */
  readonly namespace?: string | undefined;
  /** Where the replicas and their Leases are, by which one writes status and all know of each other; absent: this is the only one. */
  readonly leaseNamespace?: string | undefined;
  /** Where `/healthz`, `/readyz` and `/metrics` are served; absent: nowhere. */
  readonly health?: { readonly port: number } | undefined;
  readonly logger: Logger;
}

/** Everything a process with an event source is made of, wired: health server, informers, election, controller. */
export function createTriggerManager<Spec extends TriggerSpec, Config>(
  options: TriggerManagerOptions<Spec, Config>,
): Manager {
  const { client, name, identity, namespace, leaseNamespace, logger } = options;
  const registry = new Registry();
  const manager = createManager({ logger });
  const cache = createInformerCache({ client, namespace, logger });
  const election =
    leaseNamespace === undefined
      ? undefined
      : createLeaderElection({ client, namespace: leaseNamespace, name, identity, logger });
  const replicas =
    leaseNamespace === undefined
      ? soleReplica(identity)
      : createReplicas({
          client,
          namespace: leaseNamespace,
          controller: scopeOf(name, namespace),
          identity,
          logger,
        });
  const pods =
    leaseNamespace === undefined
      ? undefined
      : createReplicaPods({ client, namespace: leaseNamespace, identity, lookMs: lookMs / 2, logger });
  const controller = createTriggerController({ ...options, cache, election, pods, replicas, registry });
  if (options.health) manager.add("servers", createHealthServer({ ...options.health, manager, registry }));
  manager.add("caches", {
    name: "informers",
    start: cache.start,
    stop: cache.stop,
    notReady: () => (cache.hasSynced ? undefined : "the first lists are not complete"),
  });
  if (election)
    manager.add("election", { name: "leader election", start: election.start, stop: election.stop });
  manager.add("election", { name: "replicas", start: () => undefined, stop: replicas.leave });
  manager.add("controllers", controller);
  return manager;
}

/** Controllers that serve different namespaces share no work, though they may run in the same one. */
function scopeOf(name: string, namespace: string | undefined): string {
  return namespace === undefined ? name : `${name}-${shortHash(namespace)}`;
}
