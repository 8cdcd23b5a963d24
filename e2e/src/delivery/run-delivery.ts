import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Broker, NewEvent } from "./broker.ts";
import { startDeliveryCluster } from "./cluster.ts";
import { deadLetterFault } from "./dead-letter-fault.ts";
import { type Fault, planFaults } from "./fault.ts";
import { functionFaults } from "./function-faults.ts";
import { type FunctionServer, startFunctionServer } from "./function-server.ts";
import { seededRandom } from "./random.ts";
import { type Replica, startReplica } from "./replica.ts";
import { replicaFaults } from "./replica-faults.ts";
import { judge, type PastFault, type Verdict } from "./verdict.ts";

export interface DeliveryRun {
  readonly broker: Broker;
  /** The trigger's controller: a file that Node runs. */
  readonly program: string;
  readonly guarantee: "atMostOnce" | "atLeastOnce";
  readonly events: number;
  /** How many faults at least, each kind once; or their names, in order. */
  readonly faults: number | readonly string[];
  readonly seed: number;
  /** For state and logs; it should be empty. */
  readonly folder: string;
  readonly tell: (line: string) => void;
}

const maxInFlight = 16;
const maxAttempts = 6;
const replicas = 2;
const batch = 50;
/** What the kit commits at most apart, and the time a commit takes. */
const commitIntervalMs = 250;

/**
 * Publishes events to a real broker while two replicas of a trigger's controller deliver them to a function, and one
 * thing after another goes wrong; then reads back what the broker holds and judges what the function saw.
 */
export async function runDelivery(run: DeliveryRun): Promise<Verdict> {
  const { broker, guarantee, folder, tell } = run;
  const random = seededRandom(run.seed);
  await mkdir(folder, { recursive: true });
  const log = createWriteStream(join(folder, "controllers.log"));
  const target = await startFunctionServer();
  const retry = { maxAttempts, minBackoffMs: 100, maxBackoffMs: 1_000 };
  const promise = guarantee === "atLeastOnce" ? { retry, deadLetter: broker.deadLetter } : {};
  const { ordering } = broker;
  const delivery = { guarantee, ordering, maxInFlight, timeoutSeconds: 3, ...promise };
  const cluster = await startDeliveryCluster(folder, broker, target, delivery);
  const environment = { ...broker.environment, KUBECONFIG: cluster.kubeconfig, POD_NAMESPACE: "default" };
  const opened: Replica[] = [];
  const open = async (name: string) => {
    const replica = await startReplica({ program: run.program, name, environment, log });
    opened.push(replica);
    return replica;
  };
  const [first, second] = await Promise.all([open("first"), open("second")]);
  const faults = planFaults(
    [
      ...broker.faults,
      ...cluster.faults,
      ...functionFaults(target, cluster.setReady),
      ...(guarantee === "atLeastOnce" ? [deadLetterFault(target, broker)] : []),
      ...replicaFaults(first, second, () => open("third")),
    ],
    run.faults,
    random,
  );
  try {
    const past = await disturb(run, faults, target, random);
    const stored = await broker.readBack();
    tell(`${stored.size} events are in the broker`);
    await untilQuiet(run, target, stored);
    return judge({
      guarantee,
      ordered: ordering !== "none",
      replicaWindow: maxInFlight,
      window: maxInFlight * replicas,
      commitIntervalMs: broker.commitIntervalMs ?? commitIntervalMs,
      maxAttempts,
      published: run.events,
      stored,
      calls: target.calls,
      deadLetters: guarantee === "atLeastOnce" ? await broker.readDeadLetters() : new Map(),
      faults: past,
      countedLost: await sumOf(opened, (replica) => replica.countedLost()),
    });
  } catch (error) {
    tell(JSON.stringify(await cluster.status().catch(() => undefined)));
    throw error;
  } finally {
    await Promise.all(opened.map((replica) => replica.stop()));
    await cluster.stop();
    await target.close();
    log.end();
  }
}

/** Between two faults, for what the first has set off. */
const pauseMs = 1_500;

/** One fault after the other, each with its share of the events, so that it meets some of them on their way. */
async function disturb(
  { broker, events, tell }: DeliveryRun,
  faults: readonly Fault[],
  target: FunctionServer,
  random: () => number,
): Promise<readonly PastFault[]> {
  const past: PastFault[] = [];
  const makeEvent = createEvents(random);
  for (const [at, fault] of faults.entries()) {
    const share = Math.ceil((events * (at + 1)) / faults.length) - Math.ceil((events * at) / faults.length);
    const publishing = publish(broker, Array.from({ length: share }, makeEvent), fault.lastsMs + pauseMs);
    const calledMs = performance.now();
    const inFlight = await someInFlight(target);
    const startedMs = performance.now();
    await fault.begin();
    await setTimeout(fault.lastsMs);
    await fault.end();
    const endedMs = performance.now();
    past.push({ name: fault.name, startedMs, endedMs, inFlight, isDeath: fault.isDeath ?? false });
    const [lasted, waited] = [toSeconds(endedMs - startedMs), toSeconds(startedMs - calledMs)];
    tell(`${past.length}/${faults.length} ${fault.name}, for ${lasted}, after ${waited} without a call`);
    await publishing;
  }
  if (faults.length === 0) await publish(broker, Array.from({ length: events }, makeEvent), 0);
  return past;
}

function toSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function createEvents(random: () => number): () => NewEvent {
  let count = 0;
  return () => {
    count += 1;
    const body = Buffer.from(JSON.stringify({ event: count, noise: random() }));
    return { key: `k${Math.floor(random() * 100)}`, header: `writer ${count}`, body };
  };
}

/** In batches, evenly over so long, the first at once. */
async function publish(broker: Broker, events: readonly NewEvent[], lastsMs: number): Promise<void> {
  const startedMs = performance.now();
  for (let sent = 0; sent < events.length; sent += batch) {
    await broker.publish(events.slice(sent, sent + batch));
    await setTimeout(Math.max(0, startedMs + (lastsMs * (sent + batch)) / events.length - performance.now()));
  }
}

/** Waits until a call is in flight: not for ever, for that the fault before stops all calls longer is a fault of ours. */
async function someInFlight(target: FunctionServer): Promise<number> {
  const deadline = performance.now() + settledMs;
  while (target.inFlight() === 0 && performance.now() < deadline) await setTimeout(1);
  return target.inFlight();
}

/** Longer than any broker waits for a reader that is gone: what it gives out again after that is seen too. */
const settledMs = 35_000;

/** Until every event has ended, as far as can be seen from outside, or nothing has moved for a long while. */
async function untilQuiet(
  { broker, guarantee }: DeliveryRun,
  target: FunctionServer,
  stored: ReadonlyMap<string, unknown>,
): Promise<void> {
  let seen = -1;
  let movedMs = performance.now();
  for (;;) {
    if (target.calls.length !== seen) {
      seen = target.calls.length;
      movedMs = performance.now();
    }
    const idleMs = performance.now() - movedMs;
    const ended = new Set(target.calls.filter(({ status }) => status === 200).map(({ id }) => id));
    if (guarantee === "atLeastOnce" && idleMs > settledMs) {
      const letters = await broker.readDeadLetters();
      if ([...stored.keys()].every((id) => ended.has(id) || letters.has(id))) return;
    }
    if (idleMs > (guarantee === "atLeastOnce" ? 90_000 : 45_000)) return;
    await setTimeout(500);
  }
}

async function sumOf<Item>(items: readonly Item[], count: (item: Item) => Promise<number>): Promise<number> {
  const counts = await Promise.all(items.map(count));
  return counts.reduce((sum, one) => sum + one, 0);
}
