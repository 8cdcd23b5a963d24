import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { resources } from "@kubeless/controller-kit";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openTestCluster, type TestCluster } from "../fixtures/test-cluster.ts";
import { runIn } from "../fixtures/test-world.ts";
import { triggerKinds } from "../trigger/trigger-object.ts";

const brokers = process.env.KAFKA_BROKERS ?? "";
const brokersWithLogin = process.env.KAFKA_BROKERS_SASL ?? "";
// Without keys, AWS' client looks for them elsewhere before it asks Kinesis anything.
process.env.AWS_ACCESS_KEY_ID ??= "test";
process.env.AWS_SECRET_ACCESS_KEY ??= "test";

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

  const kafka = ["topic", "list"];
  const nats = ["trigger", "nats", "publish", "--topic", "a", "--data", "b"];
  const kinesis = ["trigger", "kinesis", "create-stream", "--stream-name", "s", "--aws-region", "eu-west-1"];
  test.each([
    ["none", [...kafka, "--brokers", ""], "--brokers is HOST:PORT, several separated by commas, not"],
    [
      "no port",
      [...kafka, "--brokers", "a:1,kafka"],
      '--brokers is HOST:PORT, several separated by commas, not "kafka"',
    ],
    ["none", [...nats, "--servers", ","], "--servers is nats://HOST:PORT, several separated by commas, not"],
    [
      "no address",
      [...nats, "--servers", "::"],
      '--servers is nats://HOST:PORT, several separated by commas, not "::"',
    ],
    ["none", [...kinesis, "--endpoint", ""], '--endpoint is an http:// or https:// address, not ""'],
    [
      "no address",
      [...kinesis, "--endpoint", "kinesis:4567"],
      "--endpoint is an http:// or https:// address, not",
    ],
  ])("an address that is %s is not taken for another broker's: %j", async (_, argv, sentence) => {
    const { code, stdout, stderr } = await cluster.run(...argv);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(sentence);
    expect(stderr).toContain("Usage:");
  });

  test("a name that is required and empty is said", async () => {
    const { code, stderr } = await cluster.run("topic", "publish", "--topic", "", "--data", "a");
    expect([code, stderr]).toEqual([1, expect.stringContaining("--topic says where to send it.")]);
  });

  test("standard input is sent once", async () => {
    const twice = ["--stream", "s", "--records", "@-", "--records", "@-", "--endpoint", "http://127.0.0.1:1"];
    const { code, stderr } = await cluster.run("trigger", "kinesis", "publish", ...twice);
    expect([code, stderr]).toEqual([1, expect.stringContaining("--records @- can be given once")]);
  });

  test.skipIf(brokersWithLogin === "")(
    "brokers that want a login are told as that (KAFKA_BROKERS_SASL)",
    async () => {
      const { code, stderr } = await cluster.run("topic", "list", "--brokers", brokersWithLogin);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^Error: The brokers cannot be reached: .+\nSee that address and credentials .+\n$/,
      );
    },
  );

  test.each([
    ["Kafka", [...kafka, "--brokers"]],
    ["NATS", [...nats, "--servers"]],
    ["Kinesis", [...kinesis, "--endpoint"]],
  ])("an interrupt ends what is asked of %s, though nothing answers", async (what, argv) => {
    const connected = Promise.withResolvers<void>();
    const silent = createServer(() => connected.resolve()).listen(0, "127.0.0.1");
    onTestFinished(() => void silent.close());
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const interrupt = new AbortController();
    const address = `${what === "Kinesis" ? "http://" : ""}127.0.0.1:${port}`;
    const running = runIn({ ...cluster.world, signal: interrupt.signal }, ...argv, address);
    await connected.promise;
    const sinceMs = performance.now();
    interrupt.abort();
    expect((await running).code).toBe(130);
    expect(performance.now() - sinceMs).toBeLessThan(8_000);
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
      const { stdout } = await here("topic", "list", "-o", "json");
      expect(JSON.parse(stdout)).toContainEqual({ name: topic, partitions: 1 });
      expect(await here("topic", "create", topic)).toMatchObject({
        code: 1,
        stderr: `Error: There is a topic ${topic} already: take another name, or see kubeless topic list.\n`,
      });
    });

    test("dead letters whose topic is gone are said to be", async () => {
      const gone = `${topic}-gone`;
      await cluster.client.create(triggerKinds.kafka, {
        apiVersion: "kubeless.io/v1beta1",
        kind: "KafkaTrigger",
        metadata: { name: "gone", namespace: cluster.namespace },
        spec: {
          topic,
          functionSelector: { matchLabels: { function: "bill" } },
          delivery: { guarantee: "atLeastOnce", deadLetter: { topic: gone } },
        },
      });
      for (const what of ["list", "redrive", "purge"]) {
        const { code, stderr } = await letters(what, "gone");
        expect([code, stderr]).toEqual([1, expect.stringContaining(`There is no topic ${gone}: see`)]);
      }
    }, 30_000);

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

      const { stdout: written } = await letters("list", "orders", "-o", "yaml");
      expect(written).toContain(`- id: ${failed}:0:0`);

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
