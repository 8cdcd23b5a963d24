import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import { besideCluster } from "../../beside.ts";
import type { TestCluster } from "../../cluster/test-cluster.ts";
import { environment } from "../../environment.ts";
import { fixture } from "../../fixtures.ts";
import { onEachCluster } from "../../on-each-cluster.ts";
import { untilLogged } from "../../until-logged.ts";

const brokers = ["--brokers", environment.kafkaBrokers ?? ""];

const serve = besideCluster("kafka-trigger", { KAFKA_BROKERS: environment.kafkaBrokers ?? "" });

const deploy = ({ kubeless }: TestCluster, name: string, label: string) =>
  kubeless("function", "deploy", name, "-f", fixture("post.js"), "--label", label, "--wait");

async function newTopic({ kubeless }: TestCluster): Promise<string> {
  const topic = `t-${randomUUID()}`;
  await kubeless("topic", "create", topic, ...brokers);
  return topic;
}

/** Creates a trigger that begins with what is there, and resolves when its functions are called. */
async function createTrigger(
  cluster: TestCluster,
  name: string,
  topic: string,
  selector: string,
  ...more: readonly string[]
): Promise<void> {
  await serve(cluster);
  const from = ["--trigger-topic", topic, "--function-selector", selector, "--start-position", "earliest"];
  await cluster.kubeless("trigger", "kafka", "create", name, ...from, ...brokers, ...more);
  await cluster.kubectl("wait", `kafkatrigger/${name}`, "--for=condition=Ready", "--timeout=60s");
}

const publish = ({ kubeless }: TestCluster, topic: string, data: string) =>
  kubeless("topic", "publish", "--topic", topic, "--data", data, ...brokers);

onEachCluster("Kafka triggers", (scenario) => {
  scenario(
    "a function gets a message, and what it is told of it",
    async (cluster) => {
      await deploy(cluster, "pubsub", "app=pubsub");
      const topic = await newTopic(cluster);
      await createTrigger(cluster, "pubsub", topic, "app=pubsub");
      await publish(cluster, topic, '{"message": "hello world"}');
      expect(await untilLogged(cluster, "pubsub", "hello world")).toEqual({
        id: `${topic}:0:0`,
        type: "application/json",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \+0000 UTC$/),
        namespace: "kafkatriggers.kubeless.io",
        data: { message: "hello world" },
      });
    },
    ["a cluster's kubectl", "Kafka brokers"],
  );

  scenario(
    "one trigger calls both functions that its selector matches",
    async (cluster) => {
      await Promise.all([deploy(cluster, "first", "app=both"), deploy(cluster, "second", "app=both")]);
      const topic = await newTopic(cluster);
      await createTrigger(cluster, "both", topic, "app in (both,neither)");
      await publish(cluster, topic, '{"message": "for both"}');
      await Promise.all(["first", "second"].map((name) => untilLogged(cluster, name, "for both")));
    },
    ["a cluster's kubectl", "Kafka brokers"],
  );

  scenario(
    "a trigger whose topic is changed calls with what comes on the new one, and with nothing of the old one",
    async (cluster) => {
      await deploy(cluster, "moves", "app=moves");
      const [before, after] = [await newTopic(cluster), await newTopic(cluster)];
      await createTrigger(cluster, "moves", before, "app=moves");
      await publish(cluster, before, '{"message": "on the old topic"}');
      await untilLogged(cluster, "moves", "on the old topic");
      await cluster.kubeless("trigger", "kafka", "update", "moves", "--trigger-topic", after);
      await publish(cluster, after, '{"message": "on the new topic"}');
      await untilLogged(cluster, "moves", "on the new topic");
      await publish(cluster, before, '{"message": "too late"}');
      await publish(cluster, after, '{"message": "the last one"}');
      await untilLogged(cluster, "moves", "the last one");
      expect(await cluster.kubeless("function", "logs", "moves")).not.toContain("too late");
    },
    ["a cluster's kubectl", "Kafka brokers"],
  );

  scenario(
    "an event that its function refuses is a dead letter, and is sent again when the function takes it",
    async (cluster) => {
      await cluster.kubeless("function", "deploy", "picky", "-f", fixture("picky.js"), "--wait");
      const [topic, dead] = [await newTopic(cluster), await newTopic(cluster)];
      const promise = ["--guarantee", "atLeastOnce", "--dead-letter", dead];
      await createTrigger(cluster, "picky", topic, "function=picky", ...promise);
      await publish(cluster, topic, '{"message": "what does it cost?"}');
      const letters = (verb: string, ...ids: readonly string[]) =>
        cluster.kubeless("trigger", "kafka", "dead-letters", verb, "picky", ...ids, ...brokers);
      while (!(await letters("list")).includes("422: no price")) await setTimeout(500);
      expect(await letters("show", `${dead}:0:0`)).toBe('{"message": "what does it cost?"}');
      await cluster.kubeless("function", "update", "picky", "-f", fixture("post.js"), "--wait");
      expect(await letters("redrive")).toBe(`${dead}:0:0 sent as ${topic}:0:1\n`);
      await untilLogged(cluster, "picky", "what does it cost?");
      await letters("purge");
      expect(await letters("list")).not.toContain("no price");
    },
    ["a cluster's kubectl", "Kafka brokers"],
  );

  scenario(
    "topics are made, listed and deleted",
    async (cluster) => {
      const topic = await newTopic(cluster);
      expect(await cluster.kubeless("topic", "list", ...brokers)).toMatch(new RegExp(`^${topic} +1$`, "m"));
      await cluster.kubeless("topic", "delete", topic, ...brokers);
      for (;;) {
        const listed = await cluster.kubeless("topic", "list", ...brokers);
        if (!listed.includes(topic)) break;
        await setTimeout(500);
      }
    },
    ["Kafka brokers"],
  );
});
