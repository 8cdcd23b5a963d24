import { setTimeout } from "node:timers/promises";
import { type ClusterClient, createClusterClient, silentLogger } from "@kubeless/controller-kit";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { systemClock } from "../delivery/clock.ts";
import { toSettings } from "../delivery/to-settings.ts";
import { openParts } from "../parts/open-parts.ts";
import { createReplicas } from "../parts/replicas.ts";
import type { Capabilities, EventSource } from "../source.ts";
import { runBinding } from "./run-binding.ts";

const timing = { leaseMs: 2_000, termMs: 1_500, renewMs: 300, retryMs: 100 };
const capabilities: Capabilities = {
  guarantees: ["atLeastOnce"],
  orderings: ["partition"],
  backPressure: "pause",
  work: "single",
};

describe("a source that one replica at a time may keep open", () => {
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

  function start(identity: string, log: string[]) {
    let isCutOff = false;
    const through = client.fenced(() => {
      if (isCutOff) throw new Error("cut off");
    });
    const shared = { client: through, namespace: "default", identity, timing, logger: silentLogger };
    const replicas = createReplicas({ ...shared, controller: "turns" });
    const running = runBinding({
      source: noting(identity, log),
      capabilities,
      binding: {
        namespace: "default",
        trigger: "orders",
        function: "hello",
        spec: {},
        guarantee: "atLeastOnce",
        ordering: "partition",
        maxInFlight: 1,
      },
      origin: { namespace: "default", trigger: "orders", plural: "natstriggers", source: "nats" },
      settings: toSettings(
        {
          guarantee: "atLeastOnce",
          ordering: "partition",
          maxInFlight: 1,
          retry: { maxAttempts: 1, minBackoffMs: 1, maxBackoffMs: 1, maxAgeSeconds: 1 },
        },
        1,
      ),
      filter: undefined,
      services: { config: {}, log: silentLogger, secret: () => Promise.reject(new Error("none")) },
      openParts: () =>
        openParts({ ...shared, replicas, trigger: "orders", plural: "natstriggers", writeIntervalMs: 0 }),
      observer: silentObserver,
      clock: systemClock,
      random: Math.random,
    });
    const stop = async () => {
      await running.close();
      await replicas.leave();
    };
    onTestFinished(stop);
    return {
      stop,
      cutOff() {
        isCutOff = true;
      },
    };
  }

  test("is closed on one before it is opened on the other, when that one stops or dies", async () => {
    const log: string[] = [];
    const first = start("a", log);
    await until(() => log.length === 1);
    const second = start("b", log);
    await setTimeout(5 * timing.renewMs);
    const [opened = ""] = log.slice(-1);
    expect(log.join()).toMatch(/^open a(,close a,open b)?$/);
    const [holder, other] = opened === "open a" ? [first, "b"] : [second, "a"];
    log.length = 0;
    await holder.stop();
    await until(() => log.includes(`open ${other}`));
    expect(log).toEqual([`close ${other === "a" ? "b" : "a"}`, `open ${other}`]);
    log.length = 0;
    const third = start("c", log);
    (other === "a" ? first : second).cutOff();
    await until(() => log.includes("open c"));
    expect(log).toEqual([`close ${other}`, "open c"]);
    await third.stop();
  });
});

function noting(identity: string, log: string[]): EventSource<object, object> {
  return {
    config: z.object({}),
    capabilities: () => capabilities,
    async open() {
      log.push(`open ${identity}`);
      return {
        commit: async () => undefined,
        writeDeadLetter: async () => undefined,
        pause: () => undefined,
        resume: () => undefined,
        lag: async () => 0,
        close: async () => void log.push(`close ${identity}`),
      };
    },
  };
}

const nothing = () => undefined;
const silentObserver = {
  received: nothing,
  ended: nothing,
  attemptFailed: nothing,
  unreached: nothing,
  dropped: nothing,
  held: nothing,
  committed: nothing,
  commitFailed: nothing,
  connection: nothing,
  lag: nothing,
  rebuilt: nothing,
  positionLost: nothing,
};

async function until(what: () => boolean): Promise<void> {
  while (!what()) await setTimeout(10);
}
