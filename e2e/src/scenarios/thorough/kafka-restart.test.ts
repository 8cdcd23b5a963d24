import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { besideCluster } from "../../beside.ts";
import { type BrokerServer, startBrokerServer } from "../../delivery/broker.ts";
import { environment } from "../../environment.ts";
import { fixture } from "../../fixtures.ts";
import { onEachCluster } from "../../on-each-cluster.ts";
import { untilLogged } from "../../until-logged.ts";

const serve = besideCluster("kafka-trigger", {});

async function startKafka(): Promise<BrokerServer> {
  const folder = await mkdtemp(join(tmpdir(), "kafka-"));
  const broker = await startBrokerServer(environment.tools ?? "", "kafka", folder);
  onTestFinished(async () => {
    await broker.run("down", "--purge");
    await rm(folder, { recursive: true, force: true });
  }, 60_000);
  return broker;
}

onEachCluster(
  "A Kafka broker that starts again",
  (scenario) => {
    scenario(
      "keeps its topics, and triggers on them go on",
      async (cluster) => {
        const { kubeless, kubectl } = cluster;
        const broker = await startKafka();
        const brokers = ["--brokers", broker.environment.KAFKA_BROKERS ?? ""];
        const topic = `t-${randomUUID()}`;
        const publish = (data: string) =>
          kubeless("topic", "publish", "--topic", topic, "--data", data, ...brokers);
        await kubeless("function", "deploy", "steady", "-f", fixture("post.js"), "--wait");
        await kubeless("topic", "create", topic, ...brokers);
        await serve(cluster);
        const what = ["--trigger-topic", topic, "--function-selector", "function=steady"];
        await kubeless("trigger", "kafka", "create", "steady", ...what, ...brokers);
        await kubectl("wait", "kafkatrigger/steady", "--for=condition=Ready", "--timeout=60s");
        await publish('{"message": "before"}');
        await untilLogged(cluster, "steady", "before");
        await broker.run("kill", "all");
        await broker.run("start", "all");
        expect(await kubeless("topic", "list", ...brokers)).toContain(topic);
        await publish('{"message": "after"}');
        await untilLogged(cluster, "steady", "after");
      },
      ["a cluster's kubectl", "a broker of its own"],
    );
  },
  { timeoutMs: 240_000 },
);
