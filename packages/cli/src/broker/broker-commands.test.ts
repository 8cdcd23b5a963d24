import { resources } from "@kubeless/controller-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestCluster, type TestCluster } from "../fixtures/test-cluster.ts";
import { triggerKinds } from "../trigger/trigger-object.ts";

const brokers = process.env.KAFKA_BROKERS ?? "";

describe("commands that ask a broker", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openTestCluster();
  });
  afterAll(() => cluster.close());

  test("without --brokers they look for the controller's pod, and say what to do when there is none", async () => {
    const { code, stderr } = await cluster.run("topic", "list", "--controller-namespace", "nowhere");
    expect(code).toBe(1);
    expect(stderr).toContain("No pod of kafka-trigger is ready in namespace nowhere.");
    expect(stderr).toContain("say where the broker is");
  });

  test("a controller's pod in which nothing can be run is an error that says what to look at", async () => {
    const { namespace, client } = cluster;
    const pod = await createReadyPod(cluster);
    const { code, stderr } = await cluster.run("topic", "list", "--controller-namespace", namespace);
    await client.delete(resources.pods, pod, { gracePeriodSeconds: 0 });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Error: The controller's pod did not answer: .+\nSee that you may run commands .+\n$/,
    );
  });

  test("a controller's pod that is about to end is not asked", async () => {
    const { namespace, client } = cluster;
    const pod = await createReadyPod(cluster, { finalizers: ["example.com/kept"] });
    await client.delete(resources.pods, pod, { gracePeriodSeconds: 0 });
    const { stderr } = await cluster.run("topic", "list", "--controller-namespace", namespace);
    await client.patch(resources.pods, pod, { metadata: { finalizers: null } });
    expect(stderr).toContain(`No pod of kafka-trigger is ready in namespace ${namespace}.`);
  });

  test("a trigger that is not there is named", async () => {
    const asked = ["trigger", "kafka", "dead-letters", "list", "ghost", "--brokers", "127.0.0.1:1"];
    const { code, stderr } = await cluster.run(...asked);
    expect(code).toBe(1);
    expect(stderr).toContain(`There is no KafkaTrigger ghost in namespace ${cluster.namespace}.`);
  });

  test("brokers that do not answer are an error that says what to look at", async () => {
    const { code, stderr } = await cluster.run("topic", "list", "--brokers", "127.0.0.1:1");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Error: The brokers cannot be reached: .+\nSee that address and credentials .+\n$/,
    );
  });

  describe.skipIf(brokers === "")("Kafka (KAFKA_BROKERS)", () => {
    const topic = `orders-${crypto.randomUUID()}`;
    const failed = `${topic}-failed`;
    const here = (...argv: string[]) => cluster.run(...argv, "--brokers", brokers);
    const letters = (...argv: string[]) => here("trigger", "kafka", "dead-letters", ...argv);

    beforeAll(async () => {
      for (const name of [topic, failed])
        expect(await here("topic", "create", name)).toMatchObject({ stderr: `Topic ${name} created\n` });
      await cluster.client.create(triggerKinds.kafka, {
        apiVersion: "kubeless.io/v1beta1",
        kind: "KafkaTrigger",
        metadata: { name: "orders", namespace: cluster.namespace },
        spec: {
          topic,
          functionSelector: { matchLabels: { function: "bill" } },
          connection: {
            brokers: ["only.in.the.cluster:9092"],
            sasl: { mechanism: "PLAIN", secretName: "a-secret" },
          },
          delivery: { guarantee: "atLeastOnce", deadLetter: { topic: failed } },
        },
      });
    });
    afterAll(async () => {
      for (const name of [topic, failed]) await here("topic", "delete", name);
    });

    test("topics are made, listed and not made twice", async () => {
      expect((await here("topic", "list")).stdout).toMatch(new RegExp(`^${topic} +1$`, "m"));
      const again = await here("topic", "create", topic);
      expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("is a topic") });
    });

    test("dead letters are listed, shown as they are, sent again once, and deleted", async () => {
      const dead = [
        "-H",
        `kubeless-trigger: ${cluster.namespace}/orders`,
        "-H",
        "kubeless-function: bill",
        "-H",
        "kubeless-reason: Refused",
        "-H",
        "shop: north",
      ];
      const publish = (body: string) =>
        here("trigger", "kafka", "publish", "--topic", failed, "--key", "k", "--data", body, ...dead);
      expect(await publish("first")).toMatchObject({ code: 0, stdout: `${failed}:0:0\n` });
      await publish("second");

      const listed = await letters("list", "orders");
      expect(listed.stdout).toContain(`${failed}:0:0`);
      expect(listed.stdout).toContain("Refused");
      const shown = await letters("show", "orders", `${failed}:0:1`);
      expect(shown).toMatchObject({ code: 0, stdout: "second", stderr: expect.stringContaining("north") });

      const redriven = await letters("redrive", "orders");
      expect(redriven.stdout).toBe(
        `${failed}:0:0 sent as ${topic}:0:0\n${failed}:0:1 sent as ${topic}:0:1\n`,
      );
      expect((await letters("redrive", "orders")).stderr).toContain("0 sent again");
      expect((await letters("list", "orders")).stdout).not.toContain(`${failed}:0:0`);

      expect((await letters("purge", "orders")).stderr).toContain("2 deleted");
      const gone = await letters("show", "orders", `${failed}:0:1`);
      expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining("There is no dead letter") });
    }, 120_000);
  });
});

/** A pod of the Kafka controller that says that it is ready, and runs nowhere. */
async function createReadyPod({ client, namespace }: TestCluster, more: object = {}) {
  const name = `kafka-trigger-${crypto.randomUUID()}`;
  const labels = { "app.kubernetes.io/name": "kafka-trigger" };
  const spec = { schedulerName: "nobody", containers: [{ name: "controller", image: "none" }] };
  await client.create(resources.pods, { metadata: { name, namespace, labels, ...more }, spec } as never);
  const status = { conditions: [{ type: "Ready", status: "True" }] };
  await client.patch(resources.pods, { name, namespace }, { status }, { subresource: "status" });
  return { name, namespace };
}
