import { isDeepStrictEqual } from "node:util";
import { FIELD_MANAGER } from "@kubeless/api-types";
import {
  type ClusterClient,
  type Condition,
  isNotFound,
  type LeaderElection,
  type Logger,
  mergeConditions,
  type Resource,
  toKey,
} from "@kubeless/controller-kit";
import { isTriggerFault, type TriggerFault, type TriggerPlan } from "./plan-trigger.ts";
import type { ReplicaPods } from "./replica-pods.ts";
import { type BindingReport, tellStatus } from "./tell-status.ts";
import type { LiveTrigger, TriggerObject, TriggerSpec } from "./trigger-kind.ts";

export interface StatusWriterOptions<Spec extends TriggerSpec> {
  readonly resource: Resource<TriggerObject<Spec>>;
  readonly client: ClusterClient;
  /** This replica: the key of its entry in `status.replicas`. */
  readonly identity: string;
  readonly election?: LeaderElection | undefined;
  /** By which the leader sees that a replica is no more. Absent: this is the only one. */
  readonly pods?: ReplicaPods | undefined;
  /** Each trigger is looked at anew after so long, for replicas that are no more. */
  readonly lookMs?: number | undefined;
  readonly logger: Logger;
  /** What is to be told of a trigger now; undefined when it is gone. */
  readonly read: (key: string) =>
    | {
        readonly object: LiveTrigger<Spec>;
        readonly planned: TriggerPlan<Spec> | TriggerFault;
        readonly bindings: readonly BindingReport[];
      }
    | undefined;
}

export interface StatusWriter {
  start(): void;
  /** Something of the trigger may be told anew: it is, within {@link intervalMs}. */
  changed(key: string): void;
  /** Takes back this replica's entries: its pod is about to be gone. */
  stop(): Promise<void>;
}

/** How long an entry may take to be taken back. */
const withdrawMs = 2_000;

/** An object's status is written at most so often by one replica. */
const intervalMs = 3_000;

/** So long does an entry outlive a replica that was killed. */
export const lookMs = 60_000;

/**
 * Writes triggers' status: conditions and bindings by the leader, and by every replica its own entry of
 * `status.replicas`. Nothing is written that is there already. The leader takes away what replicas said that are no more.
 */
export function createStatusWriter<Spec extends TriggerSpec>(
  options: StatusWriterOptions<Spec>,
): StatusWriter {
  const { client, resource, identity, election, logger } = options;
  const timers = new Map<string, NodeJS.Timeout>();
  const writtenAt = new Map<string, number>();
  const writing = new Set<Promise<void>>();
  let looking: NodeJS.Timeout | undefined;
  /** Where an entry of this replica stands. */
  const told = new Set<string>();

  function changed(key: string): void {
    if (timers.has(key)) return;
    const delayMs = Math.max(50, (writtenAt.get(key) ?? 0) + intervalMs - performance.now());
    timers.set(
      key,
      setTimeout(() => {
        timers.delete(key);
        writtenAt.set(key, performance.now());
        const work = write(key).catch((err: unknown) => {
          if (isNotFound(err)) return;
          logger.warn({ trigger: key, err }, "The status could not be written; it is tried again");
          changed(key);
        });
        writing.add(work);
        void work.finally(() => writing.delete(work));
      }, delayMs),
    );
  }

  async function write(key: string): Promise<void> {
    const seen = options.read(key);
    if (seen === undefined) {
      writtenAt.delete(key);
      told.delete(key);
      return;
    }
    if (leads()) {
      await writeMain(seen.object, seen.planned, seen.bindings);
      await withdrawGone(seen.object);
    }
    if (!isTriggerFault(seen.planned)) await writeReplica(seen.object, seen.bindings);
  }

  function leads(): boolean {
    return election === undefined || election.isLeader;
  }

  async function writeMain(
    object: LiveTrigger<Spec>,
    planned: TriggerPlan<Spec> | TriggerFault,
    bindings: readonly BindingReport[],
  ): Promise<void> {
    const { conditions, ...rest } = tellStatus(planned, bindings);
    const { generation } = object.metadata;
    const before = object.status as { conditions?: Condition[] } & Record<string, unknown>;
    const wanted = {
      observedGeneration: generation,
      conditions: mergeConditions(before?.conditions, conditions, { generation, now: new Date() }),
      ...rest,
    };
    const there = Object.fromEntries(Object.keys(wanted).map((field) => [field, before?.[field]]));
    if (!isDeepStrictEqual(there, JSON.parse(JSON.stringify(wanted))))
      await apply(object, wanted, FIELD_MANAGER);
  }

  async function writeReplica(object: LiveTrigger<Spec>, bindings: readonly BindingReport[]): Promise<void> {
    const wanted = tellReplica(identity, bindings);
    const known = entriesOf(object).find(({ pod }) => pod === identity);
    const { updateTime: _, ...there } = known ?? {};
    told.add(toKey(object.metadata));
    if (isDeepStrictEqual(there, wanted)) return;
    await apply(
      object,
      { replicas: [{ ...wanted, updateTime: toSeconds(new Date()) }] },
      managerOf(identity),
    );
  }

  async function withdrawGone(object: LiveTrigger<Spec>): Promise<void> {
    for (const { pod } of entriesOf(object))
      if (pod !== identity && (await options.pods?.isGone(pod))) await apply(object, {}, managerOf(pod));
  }

  /** What is not applied any more goes: the entry is this replica's alone. */
  async function withdraw(key: string): Promise<void> {
    const seen = options.read(key);
    if (seen !== undefined)
      await apply(seen.object, {}, managerOf(identity), AbortSignal.timeout(withdrawMs));
  }

  async function apply(
    { apiVersion, kind, metadata }: LiveTrigger<Spec>,
    status: object,
    fieldManager: string,
    signal?: AbortSignal,
  ): Promise<void> {
    const { namespace, name } = metadata;
    await client.apply(
      resource,
      { apiVersion, kind, metadata: { namespace, name }, status },
      { subresource: "status", fieldManager, ...(signal === undefined ? {} : { signal }) },
    );
  }

  return {
    changed,
    start() {
      looking = setInterval(() => {
        if (leads()) for (const key of writtenAt.keys()) changed(key);
      }, options.lookMs ?? lookMs);
    },
    async stop() {
      clearInterval(looking);
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
      await Promise.allSettled(writing);
      await Promise.allSettled([...told].map(withdraw));
    },
  };
}

function entriesOf({ status }: LiveTrigger<TriggerSpec>) {
  return (status?.replicas ?? []) as readonly { readonly pod: string; readonly updateTime?: string }[];
}

function managerOf(pod: string): string {
  return `${FIELD_MANAGER}-${pod}`.slice(0, 128);
}

function tellReplica(pod: string, bindings: readonly BindingReport[]) {
  const sum = (count: (state: BindingReport["state"]) => number) =>
    bindings.reduce((total, { state }) => total + count(state), 0);
  const last = bindings
    .flatMap(({ state }) => state.lastDeliveryTime ?? [])
    .toSorted((a, b) => a.getTime() - b.getTime())
    .at(-1);
  const failure = bindings
    .map(({ state }) => state.connection?.message ?? state.hold?.message ?? state.lastFailure)
    .find((message) => message !== undefined);
  return {
    pod,
    connected: bindings.length > 0 && bindings.every(({ state }) => state.isOpen),
    delivered: sum(({ delivered }) => delivered),
    failed: sum(({ lost, deadLettered }) => lost + deadLettered),
    deadLettered: sum(({ deadLettered }) => deadLettered),
    held: sum(({ hold }) => (hold === undefined ? 0 : 1)),
    ...(last === undefined ? {} : { lastDeliveryTime: toSeconds(last) }),
    ...(failure === undefined ? {} : { message: failure }),
  };
}

function toSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
