import { kafkaTriggerResource } from "@kubeless/api-types";
import { resources } from "@kubeless/controller-kit";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import type { EventSource } from "../source.ts";
import { openTriggerCluster } from "../testing/trigger-cluster.ts";

const namespace = "default";
const selector = { functionSelector: { matchLabels: { team: "a" } } };
type Spec =
  ReturnType<typeof kafkaTriggerResource.parse> extends infer Parsed
    ? Extract<Parsed, { ok: true }> extends { value: { spec: infer Given } }
      ? Given
      : never
    : never;

/** A cluster with a source that reads nothing, and says what it was opened with, and the password it was given. */
async function start() {
  const opened: string[] = [];
  const source: EventSource<Spec, unknown> = {
    config: z.object({}),
    capabilities: () => ({
      guarantees: ["atMostOnce"],
      orderings: ["none", "partition"],
      backPressure: "pause",
      work: "shared",
    }),
    async open({ trigger, spec }, _deliver, context) {
      const name = spec.connection?.sasl?.secretName;
      const secret = name === undefined ? {} : await context.secret(name);
      opened.push(`${trigger} ${Buffer.from(secret.password ?? []).toString()}`.trim());
      return {
        commit: async () => undefined,
        writeDeadLetter: async () => undefined,
        pause: () => undefined,
        resume: () => undefined,
        lag: async () => 0,
        close: async () => undefined,
      };
    },
  };
  const cluster = await openTriggerCluster<Spec, unknown>({
    name: "test",
    kind: {
      resource: { ...kafkaTriggerResource, namespaced: true },
      parse: kafkaTriggerResource.parse,
      source: "test",
    },
    source,
    config: {},
    definition: kafkaTriggerResource.crd(),
    startServer: startApiServer,
  });
  onTestFinished(cluster.close);
  await cluster.deploy("bill", { team: "a" }, undefined);
  const writeSecret = (name: string, password: string, labels = {}) =>
    cluster.client.apply(resources.secrets, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace, labels },
      stringData: { password },
    });
  const sasl = (secretName: string) => ({ mechanism: "PLAIN", secretName });
  const create = (name: string, secretName?: string) => {
    const connection =
      secretName === undefined ? {} : { connection: { brokers: ["b:1"], sasl: sasl(secretName) } };
    return cluster.create(name, { topic: "t", ...selector, ...connection });
  };
  return { cluster, opened, writeSecret, create };
}

test("a Secret that changes opens anew the triggers that read it, and no other", async () => {
  const { opened, writeSecret, create } = await start();
  await writeSecret("first", "1");
  await writeSecret("second", "2");
  await create("plain");
  await create("one", "first");
  await create("two", "second");
  await expect.poll(() => opened.toSorted()).toEqual(["one 1", "plain", "two 2"]);
  opened.length = 0;
  await writeSecret("first", "1", { touched: "yes" });
  await writeSecret("second", "changed");
  await expect.poll(() => opened).toEqual(["two changed"]);
  await writeSecret("first", "changed");
  await expect.poll(() => opened).toEqual(["two changed", "one changed"]);
});

test("a Secret that is not there is waited for", async () => {
  const { cluster, opened, writeSecret, create } = await start();
  await create("one", "missing");
  await expect.poll(() => cluster.ready("one")).toMatchObject({ reason: "SecretNotFound" });
  await writeSecret("missing", "1");
  await expect.poll(() => opened, { timeout: 10_000 }).toContain("one 1");
});
