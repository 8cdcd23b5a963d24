import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Broker } from "./broker.ts";
import { startDeliveryCluster } from "./cluster.ts";
import { startFunctionServer } from "./function-server.ts";
import { startReplica } from "./replica.ts";

export interface MemoryRun {
  readonly broker: Broker;
  /** The trigger's controller: a file that Node runs. */
  readonly program: string;
  /** Of 1,000 bytes each. */
  readonly events: number;
  /** How long the function is slow while they are queued and after. */
  readonly slowMs: number;
  readonly folder: string;
}

export interface MemoryFigures {
  /** The controller's peak after 1,000 events that were answered at once, in MiB. */
  readonly before: number;
  /** The same after all others were queued for a slow function. */
  readonly after: number;
  readonly calls: number;
}

const first = 1_000;
const batch = 500;
const patienceMs = 120_000;

/** What a queue that a function cannot keep up with costs the controller. */
export async function measureMemory(run: MemoryRun): Promise<MemoryFigures> {
  const { broker, program, folder } = run;
  await mkdir(folder, { recursive: true });
  const log = createWriteStream(join(folder, "controller.log"));
  const target = await startFunctionServer();
  const cluster = await startDeliveryCluster(folder, broker, target, { guarantee: "atLeastOnce" });
  const environment = { ...broker.environment, KUBECONFIG: cluster.kubeconfig, POD_NAMESPACE: "default" };
  const replica = await startReplica({ program, name: "first", environment, log });
  try {
    await publish(broker, first);
    const deadline = performance.now() + patienceMs;
    while (target.calls.length < first && performance.now() < deadline) await setTimeout(50);
    const before = replica.peakMegabytes();
    target.behave("is slow");
    await publish(broker, run.events - first);
    await setTimeout(run.slowMs);
    return { before, after: replica.peakMegabytes(), calls: target.calls.length };
  } finally {
    await replica.stop();
    await cluster.stop();
    await target.close();
    log.end();
  }
}

async function publish(broker: Broker, count: number): Promise<void> {
  const event = { header: "", body: Buffer.alloc(1_000, "x") };
  for (let sent = 0; sent < count; sent += batch) {
    const size = Math.min(batch, count - sent);
    await broker.publish(Array.from({ length: size }, (_, at) => ({ ...event, key: `k${at}` })));
  }
}
