import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { openCluster, type TestCluster } from "../cluster.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { createRandom } from "./random.ts";
import { spawnBin } from "./spawn-bin.ts";

export interface KillOptions {
  /** Where the cluster keeps its state; empty at the beginning. */
  readonly folder: string;
  readonly kills: number;
  /** Decides what is written and when the process is killed. */
  readonly seed: number;
}

export interface KillReport {
  readonly acknowledged: number;
  /** One sentence for each key that holds what it must not. */
  readonly lost: readonly string[];
  /** What the cluster said about lines that were cut off. */
  readonly repairs: number;
}

const lanes = 8;

/**
 * Starts a cluster as a process of its own, writes to it from several lanes at once, kills it with SIGKILL at a
 * moment that the seed decides (while it writes, or while it starts), starts it again and compares; over and over.
 */
export async function killOverAndOver({ folder, kills, seed }: KillOptions): Promise<KillReport> {
  const random = createRandom(seed);
  const ledger = createLedger();
  const lost: string[] = [];
  let repairs = 0;
  let process = await startProcess(folder);
  const cluster = await openCluster(join(folder, "kubeconfig"));
  try {
    for (let kill = 0; kill < kills; kill += 1) {
      await writeUntilKilled(process, cluster, ledger, random);
      if (random() < 0.2) await killWhileStarting(folder, random() * 500);
      process = await startProcess(folder);
      repairs += process.said().split("middle of a line").length - 1;
      lost.push(...ledger.audit(await readAll(cluster)));
    }
  } finally {
    await cluster.stop();
    await end(process.child, "SIGTERM");
  }
  return { acknowledged: ledger.acknowledged, lost, repairs };
}

interface ClusterProcess {
  readonly child: ChildProcess;
  said(): string;
}

/** Resolves when the cluster serves. */
async function startProcess(folder: string): Promise<ClusterProcess> {
  const child = spawnCluster(folder);
  let said = "";
  child.stderr?.on("data", (part: Buffer) => {
    said += part.toString();
  });
  await Promise.race([once(child.stdout as NodeJS.ReadableStream, "data"), once(child, "exit")]);
  if (child.exitCode !== null) throw new Error(`the cluster did not start: ${said}`);
  return { child, said: () => said };
}

async function killWhileStarting(folder: string, afterMs: number): Promise<void> {
  const child = spawnCluster(folder);
  const timer = setTimeout(() => child.kill("SIGKILL"), afterMs);
  child.stdout?.once("data", () => child.kill("SIGKILL"));
  await once(child, "exit");
  clearTimeout(timer);
}

function spawnCluster(folder: string): ChildProcess {
  return spawnBin(["--data", folder]);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, "exit");
}

/** Several lanes write keys of their own; after some acknowledged writes, others under way, the process is killed. */
async function writeUntilKilled(
  { child }: ClusterProcess,
  cluster: TestCluster,
  ledger: Ledger,
  random: () => number,
): Promise<void> {
  let left = 1 + Math.floor(random() * 150);
  const write = async (lane: number) => {
    while (left > 0) {
      const key = chooseKey(lane, ledger, random);
      if (!(await writeOnce(cluster, ledger, key, random))) return;
      left -= 1;
      if (left === 0) child.kill("SIGKILL");
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => write(lane)));
  await end(child, "SIGKILL");
}

/** A Lease, or one of twenty ConfigMaps, of the lane. */
function chooseKey(lane: number, ledger: Ledger, random: () => number): string {
  if (random() < 0.2) return `leases/lane-${lane}`;
  const own = ledger.keys().filter((key) => key.startsWith(`configmaps/lane-${lane}-`));
  const old = own[Math.floor(random() * own.length)];
  return old !== undefined && random() < 0.5 ? old : `configmaps/lane-${lane}-${Math.floor(random() * 20)}`;
}

const bases = { configmaps: "/api/v1", leases: "/apis/coordination.k8s.io/v1" };

/** Creates, updates or deletes; false when the process is gone. */
async function writeOnce(
  cluster: TestCluster,
  ledger: Ledger,
  key: string,
  random: () => number,
): Promise<boolean> {
  const [resource = "", name = ""] = key.split("/");
  const collection = `${bases[resource as keyof typeof bases]}/namespaces/${cluster.namespace}/${resource}`;
  const isThere = ledger.valueOf(key) !== undefined;
  const value = isThere && resource === "configmaps" && random() < 0.3 ? undefined : String(random());
  ledger.begin(key, value);
  const object = {
    metadata: { name },
    ...(resource === "leases" ? { spec: { holderIdentity: value } } : { data: { value } }),
  };
  const request = () => {
    if (!isThere) return cluster.send("POST", collection, object);
    if (value === undefined) return cluster.send("DELETE", `${collection}/${name}`);
    return cluster.send("PATCH", `${collection}/${name}`, object);
  };
  const answer = await request().catch(() => undefined);
  if (answer === undefined) return false;
  if (answer.code >= 300) throw new Error(`a write was refused: ${JSON.stringify(answer.body)}`);
  ledger.acknowledge(key);
  return true;
}

async function readAll(cluster: TestCluster): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const [resource, base] of Object.entries(bases)) {
    const { body } = await cluster.send("GET", `${base}/namespaces/${cluster.namespace}/${resource}`);
    for (const { metadata, data, spec } of body.items)
      if (metadata.name.startsWith("lane-"))
        found.set(`${resource}/${metadata.name}`, data?.value ?? spec?.holderIdentity);
  }
  return found;
}
