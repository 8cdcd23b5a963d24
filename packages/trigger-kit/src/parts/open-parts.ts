import { randomUUID } from "node:crypto";
import { annotations, CREATED_BY, labels } from "@kubeless/api-types";
import { type ClusterClient, createLeaseHolder, type Logger, resources } from "@kubeless/controller-kit";
import { assignParts } from "./assign-parts.ts";
import { toNotes } from "./lease-notes.ts";
import { type PartHolder, startPartHolder } from "./part-holder.ts";
import type { PartHandlers, Parts } from "./parts.ts";
import type { Replicas } from "./replicas.ts";
import { shortHash } from "./short-hash.ts";
import { type PartTiming, partTiming } from "./timing.ts";

export interface OpenPartsOptions {
  readonly client: ClusterClient;
  /** The trigger's: its parts' Leases lie beside it. */
  readonly namespace: string;
  readonly trigger: string;
  /** The plural of the trigger's kind. */
  readonly plural: string;
  readonly replicas: Replicas;
  /** This replica: its pod's name. */
  readonly identity: string;
  /** See `TriggerManagerOptions.process`. */
  readonly process?: string | undefined;
  /** A part's notes are written at most so often. */
  readonly writeIntervalMs: number;
  readonly timing?: PartTiming | undefined;
  /** Monotonic, ms. */
  readonly now?: (() => number) | undefined;
  readonly logger: Logger;
}

/** The parts of one binding, from when it is opened until it is closed. */
export interface OpenParts extends Parts {
  /** Gives everything back, for others to take at once. */
  close(): Promise<void>;
}

/** A part's Lease: of the trigger, but not owned by it, so that the position outlives it. */
export function leaseNameOf(trigger: string, part: string): string {
  return `${trigger}-${shortHash(part)}`;
}

/** Opens the parts of a trigger. Whoever takes one is a holder of its own, also within one process. */
export function openParts(options: OpenPartsOptions): OpenParts {
  const { client, namespace, trigger, replicas, logger, timing = partTiming } = options;
  const now = options.now ?? (() => performance.now());
  const holders = new Map<string, PartHolder>();
  const stopped = new Set<Promise<void>>();
  const ofReplica = `${options.identity}_`;
  const ofProcess = `${ofReplica}${options.process === undefined ? "" : `${options.process}_`}`;
  /** Held by a process that bore this one's identity before it. */
  const isGone = (holder: string) => holder.startsWith(ofReplica) && !holder.startsWith(ofProcess);
  const unwatch = replicas.onChange(assign);
  let handlers: PartHandlers | undefined;
  let closed = false;

  function start(name: string, current: () => PartHandlers): PartHolder {
    const lease = createLeaseHolder({
      client,
      namespace,
      name: leaseNameOf(trigger, name),
      identity: `${ofProcess}${randomUUID()}`,
      leaseDurationMs: timing.leaseMs,
      now,
      labels: {
        [labels.createdBy]: CREATED_BY,
        [labels.trigger]: trigger,
        [labels.triggerKind]: options.plural,
      },
      annotations: { [annotations.part]: name },
      isGone,
    });
    const failed = (err: unknown) =>
      logger.warn(
        { err, part: name },
        "The Lease could not be taken, renewed or given back; it is tried again",
      );
    const { writeIntervalMs } = options;
    return startPartHolder({ name, lease, timing, writeIntervalMs, now, failed, handlers: current });
  }

  /** Until it is known who else there is, nothing is taken that may be another's. */
  function assign(): void {
    if (closed || handlers === undefined) return;
    const ours = assignParts([...holders.keys()], replicas.alive, options.identity);
    for (const [name, part] of holders) part.setShare(ours.has(name));
  }

  function stop(name: string, part: PartHolder): void {
    holders.delete(name);
    const ended = part.stop().finally(() => stopped.delete(ended));
    stopped.add(ended);
  }

  return {
    share(names, current) {
      if (closed) return;
      handlers = current;
      const wanted = new Set(names);
      for (const [name, part] of holders) if (!wanted.has(name)) stop(name, part);
      for (const name of wanted)
        if (!holders.has(name))
          holders.set(
            name,
            start(name, () => handlers ?? current),
          );
      void replicas.join().then(assign);
    },
    async read(name) {
      const lease = await client.find(resources.leases, { namespace, name: leaseNameOf(trigger, name) });
      return lease === undefined ? undefined : toNotes(lease.metadata.annotations ?? {});
    },
    async close() {
      closed = true;
      unwatch();
      await Promise.all([...[...holders.values()].map((part) => part.stop({ finish: false })), ...stopped]);
    },
  };
}
