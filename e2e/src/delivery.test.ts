import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { measureMemory } from "./delivery/measure-memory.ts";
import { type DeliveryRun, runDelivery } from "./delivery/run-delivery.ts";
import { openSource, sourceNames } from "./delivery/sources.ts";

/** A folder whose servers/kafka, servers/nats and servers/kinesis start, kill and pause brokers. */
const tools = process.env.KUBELESS_TEST_TOOLS ?? "";
const minutes = 60_000;

describe.skipIf(tools === "")("delivery through faults (KUBELESS_TEST_TOOLS)", { concurrent: true }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "delivery-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const open = (source: (typeof sourceNames)[number]) =>
    openSource(source, tools, join(folder, crypto.randomUUID()));
  const deliver = (run: Omit<DeliveryRun, "seed" | "folder" | "tell">) =>
    runDelivery({ ...run, seed: 1, folder: join(folder, crypto.randomUUID()), tell: () => {} });

  /** At most once one replica alone reads JetStream, with an order or without. */
  const guaranteesOf = (source: (typeof sourceNames)[number]) =>
    source === "jet-stream-ordered" ? (["atLeastOnce"] as const) : (["atLeastOnce", "atMostOnce"] as const);

  describe.each(sourceNames)("from %s", (source) => {
    test.each(guaranteesOf(source))(
      "keeps the promise of %s",
      { timeout: 10 * minutes },
      async (guarantee) => {
        const { broker, program } = await open(source);
        const verdict = await deliver({ broker, program, guarantee, events: 10_000, faults: 20 }).finally(
          broker.close,
        );
        expect(verdict.violations).toEqual([]);
        expect(verdict.events).toBeGreaterThanOrEqual(10_000);
      },
    );
  });

  test.skipIf(process.platform !== "linux").each(["kafka", "jet-stream"] as const)(
    "a queue in %s that the function cannot keep up with costs 50 MiB at most (Linux, which tells what a process holds)",
    { timeout: 5 * minutes },
    async (source) => {
      const { broker, program } = await open(source);
      const run = { broker, program, events: 50_000, slowMs: 15_000 };
      const figures = await measureMemory({ ...run, folder: join(folder, crypto.randomUUID()) }).finally(
        broker.close,
      );
      expect(figures.calls).toBeGreaterThan(1_000);
      expect(figures.after - figures.before).toBeLessThanOrEqual(50);
    },
  );

  describe("judges a source that breaks the promise", () => {
    test.each([
      [
        "by committing before the call",
        { source: "early-commit", events: 2_000, faults: ["a replica was killed", "a replica was killed"] },
      ],
      ["by forgetting an event in a thousand", { source: "forgetful", events: 5_000, faults: [] }],
    ] as const)("%s", { timeout: 10 * minutes }, async (_, { source, ...run }) => {
      const program = fileURLToPath(new URL(`./delivery/programs/${source}.ts`, import.meta.url));
      const { broker } = await open("kafka");
      const verdict = await deliver({ ...run, broker, program, guarantee: "atLeastOnce" }).finally(
        broker.close,
      );
      expect(verdict.violations).toContainEqual(expect.stringMatching(/events were lost/));
    });
  });
});
