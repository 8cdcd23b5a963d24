import { setTimeout } from "node:timers/promises";
import { type ClusterClient, createClusterClient, resources, silentLogger } from "@kubeless/controller-kit";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { leaseNameOf, type OpenParts, openParts } from "./open-parts.ts";
import { type Part, PartLostError } from "./parts.ts";
import { createReplicas, type Replicas } from "./replicas.ts";
import type { PartTiming } from "./timing.ts";

const timing: PartTiming = { leaseMs: 2_000, termMs: 1_500, renewMs: 300, retryMs: 100 };

describe("parts of a trigger's work", () => {
  let client: ClusterClient;
  let server: Awaited<ReturnType<typeof startApiServer>>;

  beforeAll(async () => {
    server = await startApiServer();
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(server.kubeconfig);
    client = createClusterClient({ kubeConfig });
  });
  afterAll(async () => {
    await client.close();
    await server.stop();
  });

  /** A replica of a controller that only this test has. */
  async function start(
    trigger: string,
    identity: string,
    { writeIntervalMs = 0, now = () => performance.now(), through = client, process = "1" } = {},
  ): Promise<Replica> {
    const shared = { client: through, namespace: "default", identity, timing, now, logger: silentLogger };
    const replicas = createReplicas({ ...shared, controller: trigger });
    const parts = openParts({ ...shared, process, trigger, plural: "tests", replicas, writeIntervalMs });
    const held = new Map<string, Part>();
    const log: string[] = [];
    const replica: Replica = {
      parts,
      replicas,
      held,
      log,
      share: (names) =>
        parts.share(names, {
          taken(part) {
            log.push(`taken ${part.name}`);
            held.set(part.name, part);
          },
          async lost(part) {
            log.push(`${part.isHeld() ? "giving up" : "lost"} ${part.name}`);
            if (part.isHeld()) await part.write({ by: identity });
            held.delete(part.name);
          },
        }),
    };
    onTestFinished(async () => {
      await parts.close();
      await replicas.leave();
    });
    return replica;
  }

  const leaseOf = (trigger: string, part: string) =>
    client.get(resources.leases, { namespace: "default", name: leaseNameOf(trigger, part) });

  test("lie in Leases that name trigger and part, and outlive both", async () => {
    const one = await start("named", "a");
    one.share(["stream/shard-1"]);
    await until(() => one.held.size === 1);
    await one.held.get("stream/shard-1")?.write({ sequence: "42", "sub-sequence": "1" });
    await one.parts.close();
    const lease = await leaseOf("named", "stream/shard-1");
    expect(lease.metadata).toMatchObject({
      labels: {
        "created-by": "kubeless",
        "kubeless.io/trigger": "named",
        "kubeless.io/trigger-kind": "tests",
      },
      annotations: {
        "kubeless.io/part": "stream/shard-1",
        "note.kubeless.io/sequence": "42",
        "note.kubeless.io/sub-sequence": "1",
      },
    });
    expect(lease.metadata.ownerReferences).toBeUndefined();
    const next = await start("named", "b");
    next.share(["stream/shard-1"]);
    await until(() => next.held.size === 1);
    expect(next.held.get("stream/shard-1")?.notes).toEqual({ sequence: "42", "sub-sequence": "1" });
  });

  test("can be read without being held; one that never was has no notes", async () => {
    const one = await start("read", "a");
    one.share(["p"]);
    await until(() => one.held.size === 1);
    await one.held.get("p")?.write({ at: "3" });
    const other = await start("read", "b");
    expect(await other.parts.read("p")).toEqual({ at: "3" });
    expect(await other.parts.read("q")).toBeUndefined();
  });

  test("are shared evenly when a replica comes, those given up with what was written last", async () => {
    const names = ["p1", "p2", "p3", "p4"];
    const first = await start("even", "a");
    first.share(names);
    await until(() => first.held.size === 4);
    const second = await start("even", "b");
    second.share(names);
    await until(() => first.held.size === 2 && second.held.size === 2);
    expect([...first.held.keys(), ...second.held.keys()].toSorted()).toEqual(names);
    for (const part of second.held.values()) expect(part.notes).toEqual({ by: "a" });
    const settled = [...first.log, ...second.log];
    await setTimeout(4 * timing.renewMs);
    expect([...first.log, ...second.log]).toEqual(settled);
  });

  test("of a replica that leaves are taken before its Lease has run out", async () => {
    const first = await start("left", "a");
    first.share(["p1", "p2"]);
    await until(() => first.held.size === 2);
    const second = await start("left", "b");
    second.share(["p1", "p2"]);
    await until(() => second.held.size === 1);
    await first.parts.close();
    await first.replicas.leave();
    const leftAtMs = performance.now();
    await until(() => second.held.size === 2);
    expect(performance.now() - leftAtMs).toBeLessThan(timing.leaseMs);
  });

  test("of a replica that died are taken when its Lease has run out, and it knows before", async () => {
    let isDead = false;
    const cutOff = client.fenced(() => {
      if (isDead) throw new Error("cut off");
    });
    const first = await start("died", "a", { through: cutOff });
    const second = await start("died", "b");
    for (const replica of [first, second]) replica.share(["p1", "p2"]);
    await until(() => first.held.size === 1 && second.held.size === 1);
    const [part] = first.held.values();
    isDead = true;
    await until(() => second.held.size === 2);
    expect(part?.isHeld()).toBe(false);
    expect(first.log).toContain(`lost ${part?.name}`);
    isDead = false;
  });

  test("of an earlier process of the same pod are taken at once, not those of another pod", async () => {
    let isDead = false;
    const cutOff = client.fenced(() => {
      if (isDead) throw new Error("cut off");
    });
    const other = await start("again", "b");
    const first = await start("again", "a", { through: cutOff });
    for (const replica of [first, other]) replica.share(["p1", "p2"]);
    await until(() => first.held.size === 1 && other.held.size === 1);
    const names = [...first.held.keys()];
    isDead = true;
    const frozenAtMs = performance.now();
    const second = await start("again", "a", { process: "2", now: () => frozenAtMs });
    second.share(["p1", "p2"]);
    await until(() => second.held.size === 1);
    expect([...second.held.keys()]).toEqual(names);
    isDead = false;
  });

  test("are held, and what is to be written waits, while the API server is away for less than the term", async () => {
    let isAway = false;
    const unreliable = client.fenced(() => {
      if (isAway) throw new Error("away");
    });
    const one = await start("away", "a", { through: unreliable });
    one.share(["p"]);
    await until(() => one.held.size === 1);
    isAway = true;
    const written = one.held.get("p")?.write({ at: "1" });
    await setTimeout(2 * timing.retryMs);
    isAway = false;
    await written;
    expect(one.log).toEqual(["taken p"]);
    expect((await one.parts.read("p"))?.at).toBe("1");
  });

  test("are not written by a replica that was stopped for longer than its term", async () => {
    let stoppedForMs = 0;
    const first = await start("stopped", "a", { now: () => performance.now() + stoppedForMs });
    first.share(["p"]);
    await until(() => first.held.size === 1);
    const part = first.held.get("p");
    expect(part?.isHeld()).toBe(true);
    stoppedForMs = timing.termMs;
    expect(part?.isHeld()).toBe(false);
    await expect(part?.write({ at: "1" })).rejects.toThrow(PartLostError);
    await until(() => first.log.includes("lost p"));
  });

  test("are not written over what another holder wrote", async () => {
    const first = await start("fenced", "a", { writeIntervalMs: 500 });
    first.share(["p"]);
    await until(() => first.held.size === 1);
    const late = first.held.get("p")?.write({ at: "1" });
    const lease = await leaseOf("fenced", "p");
    const spec = { ...lease.spec, holderIdentity: "b", leaseTransitions: 7 };
    const metadata = { ...lease.metadata, annotations: { "note.kubeless.io/at": "9" } };
    await client.replace(resources.leases, { ...lease, metadata, spec });
    await expect(late).rejects.toThrow(PartLostError);
    expect((await leaseOf("fenced", "p")).metadata.annotations).toEqual({ "note.kubeless.io/at": "9" });
  });

  test("are written together when writes follow each other quickly", async () => {
    let writes = 0;
    const counting = client.fenced(() => {
      writes += 1;
    });
    const one = await start("bounded", "a", { writeIntervalMs: 250, through: counting });
    one.share(["p"]);
    await until(() => one.held.size === 1);
    writes = 0;
    await Promise.all(Array.from({ length: 100 }, (_, at) => one.held.get("p")?.write({ at: String(at) })));
    expect(writes).toBeLessThanOrEqual(2);
    expect((await one.parts.read("p"))?.at).toBe("99");
  });

  test("that are given back at the end have what was to be written before", async () => {
    const one = await start("ended", "a", { writeIntervalMs: 60_000 });
    one.share(["p"]);
    await until(() => one.held.size === 1);
    const written = one.held.get("p")?.write({ at: "1" });
    await one.parts.close();
    await written;
    expect(await one.parts.read("p")).toEqual({ at: "1" });
    expect((await leaseOf("ended", "p")).spec?.holderIdentity).toBe("");
  });

  test("that are not named any more are given up, and can be named again", async () => {
    const one = await start("renamed", "a");
    one.share(["p", "q"]);
    await until(() => one.held.size === 2);
    one.share(["q"]);
    await until(() => one.held.size === 1);
    expect(one.log).toContain("giving up p");
    one.share(["p", "q"]);
    await until(() => one.held.size === 2);
    expect(one.held.get("p")?.notes).toEqual({ by: "a" });
  });

  test("whose Lease is deleted begin anew", async () => {
    const one = await start("reset", "a");
    one.share(["p"]);
    await until(() => one.held.size === 1);
    await one.held.get("p")?.write({ at: "5" });
    await client.delete(resources.leases, { namespace: "default", name: leaseNameOf("reset", "p") });
    await until(() => one.log.filter((line) => line === "taken p").length === 2);
    expect(one.held.get("p")?.notes).toEqual({});
  });

  test("that nobody works on though they are another's share are taken after a while", async () => {
    const idle = await start("idle", "a");
    await idle.replicas.join();
    const one = await start("idle", "b");
    one.share(["p1", "p2"]);
    await until(() => one.held.size === 2);
    expect(one.replicas.alive).toEqual(["a", "b"]);
  });
});

interface Replica {
  readonly parts: OpenParts;
  readonly replicas: Replicas;
  readonly held: Map<string, Part>;
  readonly log: string[];
  share(names: readonly string[]): void;
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await setTimeout(10);
}
