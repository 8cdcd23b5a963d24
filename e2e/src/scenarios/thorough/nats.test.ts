import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import { besideCluster } from "../../beside.ts";
import type { TestCluster } from "../../cluster/test-cluster.ts";
import { environment } from "../../environment.ts";
import { fixture } from "../../fixtures.ts";
import { onEachCluster } from "../../on-each-cluster.ts";

const { natsServers: servers = "" } = environment;

const serve = besideCluster("nats-trigger", { NATS_URL: servers });

async function trigger({ kubeless, kubectl }: TestCluster, name: string, topic: string, selector: string) {
  const which = ["--trigger-topic", topic, "--function-selector", selector, "--servers", servers];
  await kubeless("trigger", "nats", "create", name, ...which);
  await kubectl("wait", `natstrigger/${name}`, "--for=condition=Ready", "--timeout=60s");
}

const publish = ({ kubeless }: TestCluster, topic: string, message: string) =>
  kubeless("trigger", "nats", "publish", "--url", servers, "--topic", topic, "--message", message);

/** The events in a function's log that have this text in them, once there are so many. */
async function logged({ kubeless }: TestCluster, name: string, text: string, count = 1): Promise<object[]> {
  for (;;) {
    const log = await kubeless("function", "logs", name);
    const lines = log.split("\n").filter((line) => line.includes(text));
    if (lines.length >= count) return lines.map((line) => JSON.parse(line.slice(line.indexOf("{"))));
    await setTimeout(500);
  }
}

onEachCluster("NATS triggers", (scenario) => {
  const deploy = ({ kubeless }: TestCluster, name: string, ...more: readonly string[]) =>
    kubeless("function", "deploy", name, "-f", fixture("post.js"), "--wait", ...more);
  const subject = () => `e2e.${crypto.randomUUID()}`;

  scenario(
    "a function gets a message, and the event says what it is",
    async (cluster) => {
      await serve(cluster);
      await deploy(cluster, "reads");
      const topic = subject();
      await trigger(cluster, "reads", topic, "function=reads");
      const payload = crypto.randomUUID();
      await publish(cluster, topic, JSON.stringify({ payload }));
      expect(await logged(cluster, "reads", payload)).toEqual([
        {
          id: expect.stringMatching(/^\w{11,}$/),
          type: "application/json",
          time: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \+0000 UTC$/),
          namespace: "natstriggers.kubeless.io",
          data: { payload },
        },
      ]);
      await cluster.kubeless("trigger", "nats", "delete", "reads");
    },
    ["a cluster's kubectl", "NATS servers"],
  );

  scenario(
    "one trigger calls two functions by their label",
    async (cluster) => {
      await serve(cluster);
      for (const name of ["one", "other"]) await deploy(cluster, name, "--label", "topic=shared");
      const topic = subject();
      await trigger(cluster, "shared", `${topic}.>`, "created-by=kubeless,topic=shared");
      const payload = crypto.randomUUID();
      await publish(cluster, `${topic}.a.b`, JSON.stringify({ payload }));
      for (const name of ["one", "other"]) expect(await logged(cluster, name, payload)).toHaveLength(1);
    },
    ["a cluster's kubectl", "NATS servers"],
  );

  scenario(
    "two triggers call one function, each with its subject",
    async (cluster) => {
      await serve(cluster);
      await deploy(cluster, "both");
      for (const name of ["first", "second"]) {
        const topic = subject();
        await trigger(cluster, name, topic, "function=both");
        await publish(cluster, topic, JSON.stringify({ from: name }));
      }
      for (const name of ["first", "second"])
        expect(await logged(cluster, "both", `"from":"${name}"`)).toMatchObject([{ data: { from: name } }]);
    },
    ["a cluster's kubectl", "NATS servers"],
  );
});
