import { resources } from "@kubeless/controller-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterName, openTestCluster, type TestCluster } from "../../fixtures/test-cluster.ts";

const endpoint = process.env.KINESIS_ENDPOINT;

describe(`kubeless trigger kinesis, on ${clusterName}`, () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openTestCluster();
  });
  afterAll(() => cluster.close());

  test("reset deletes the positions of that trigger, and of no other", async () => {
    const { client, namespace } = cluster;
    const lease = (name: string, trigger: string, kind: string) =>
      client.create(resources.leases, {
        metadata: {
          namespace,
          name,
          labels: { "kubeless.io/trigger": trigger, "kubeless.io/trigger-kind": kind },
          annotations: { "kubeless.io/part": name },
        },
      });
    await lease("orders-1", "orders", "kinesistriggers");
    await lease("orders-2", "orders", "kinesistriggers");
    await lease("orders-3", "orders", "natstriggers");
    await lease("clicks-1", "clicks", "kinesistriggers");
    const { code, stderr } = await cluster.run("trigger", "kinesis", "reset", "orders");
    expect([code, stderr]).toEqual([0, expect.stringContaining("2 positions of orders deleted")]);
    const { items } = await client.list(resources.leases, { namespace });
    expect(items.map(({ metadata }) => metadata.name).toSorted()).toEqual(["clicks-1", "orders-3"]);
  });

  test("a command that needs the keys of the cluster says that no controller's pod is there", async () => {
    const outcome = await cluster.run(
      ...["trigger", "kinesis", "publish", "--stream", "s", "--aws-region", "us-east-1"],
      ...["--secret", "keys", "--endpoint", "http://127.0.0.1:1", "--records", "a"],
    );
    expect([outcome.code, outcome.stderr]).toEqual([1, expect.stringContaining("kinesis-trigger")]);
  });

  test.skipIf(endpoint === undefined)(
    "makes a stream and sends records to it from here (KINESIS_ENDPOINT)",
    async () => {
      const stream = `s-${crypto.randomUUID()}`;
      const place = ["--aws-region", "us-east-1", "--endpoint", endpoint ?? ""];
      const made = await cluster.run(
        "trigger",
        "kinesis",
        "create-stream",
        "--stream-name",
        stream,
        ...place,
      );
      expect([made.code, made.stderr]).toEqual([0, expect.stringContaining(`Stream ${stream} created`)]);
      const sent = await cluster.run(
        ...["trigger", "kinesis", "publish", "--stream", stream, "--partition-key", "k"],
        ...["--records", "a", "--records", '{"b": "c,d"}', ...place],
      );
      expect(sent.code).toBe(0);
      expect(sent.stdout).toMatch(/^shardId-000000000000:\d+\nshardId-000000000000:\d+\n$/);
      const unsaid = await cluster.run("trigger", "kinesis", "publish", "--stream", stream, ...place);
      expect([unsaid.code, unsaid.stderr]).toEqual([
        1,
        expect.stringContaining("--records says what to send"),
      ]);
    },
  );
});
