import { natsTriggerResource } from "@kubeless/api-types";
import { silentLogger } from "@kubeless/controller-kit";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { createTriggerManager } from "@kubeless/trigger-kit";
import { openTriggerCluster, type TriggerCluster } from "@kubeless/trigger-kit/testing";
import { connect, type JetStreamManager, type NatsConnection } from "nats";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { serveFunction } from "./fixtures/target.ts";
import { natsConfig } from "./nats-config.ts";
import { natsKind } from "./nats-kind.ts";
import { natsSource } from "./nats-source.ts";

const servers = process.env.NATS_SERVERS;
const namespace = "default";

describe.skipIf(servers === undefined)("NATSTriggers in a cluster (NATS_SERVERS)", () => {
  let connection: NatsConnection;
  let manager: JetStreamManager;

  beforeAll(async () => {
    connection = await connect({ servers: servers?.split(",") ?? [] });
    manager = await connection.jetstreamManager();
  });
  afterAll(() => connection.close());

  const newStream = async () => {
    const name = `S${crypto.randomUUID()}`;
    await manager.streams.add({ name, subjects: [name] });
    return name;
  };
  const send = async (subject: string, count: number) => {
    for (let index = 0; index < count; index += 1)
      await connection.jetstream().publish(subject, String(index));
  };
  const selector = { functionSelector: { matchLabels: { team: "a" } } };
  const read = (stream: string) => ({
    topic: stream,
    jetStream: { stream, deliverPolicy: "all" },
    ...selector,
  });

  test("one trigger calls every function that its selector matches, and says so", async () => {
    const cluster = await startController();
    const stream = await newStream();
    const [first, second, other] = await Promise.all([serveFunction(), serveFunction(), serveFunction()]);
    await cluster.deploy("first", { team: "a" }, first);
    await cluster.deploy("second", { team: "a" }, second);
    await cluster.deploy("other", { team: "b" }, other);
    await cluster.create("orders", read(stream));
    await send(stream, 3);
    await Promise.all([first.received(3), second.received(3)]);
    expect(other.calls).toEqual([]);
    await expect
      .poll(() => cluster.ready("orders"), { timeout: 15_000 })
      .toMatchObject({ status: "True", reason: "Ready" });
    const { status } = await cluster.client.get(natsKind.resource, { namespace, name: "orders" });
    expect(status?.bindings).toMatchObject([
      {
        function: "first",
        ready: true,
        group: `${namespace}_orders_first_${stream}`,
        guarantee: "atMostOnce",
        ordering: "none",
      },
      { function: "second", ready: true },
    ]);
  });

  test("each replica says how it fares for as long as it is there", async () => {
    const cluster = await startController();
    const stream = await newStream();
    await cluster.deploy("first", { team: "a" }, await serveFunction());
    await cluster.create("orders", read(stream));
    const other = createTriggerManager({
      name: "nats-trigger",
      identity: "other",
      kind: natsKind,
      source: natsSource,
      config: natsConfig.parse({ NATS_URL: servers }),
      client: cluster.client,
      logger: silentLogger,
    });
    await other.start();
    const pods = async () => {
      const { status } = await cluster.client.get(natsKind.resource, { namespace, name: "orders" });
      return ((status?.replicas ?? []) as { pod: string }[]).map(({ pod }) => pod).toSorted();
    };
    await expect.poll(pods, { timeout: 15_000 }).toEqual(["other", "test"]);
    await other.stop();
    expect(await pods()).toEqual(["test"]);
  });

  test("two triggers call one function, each with its subject", async () => {
    const cluster = await startController();
    const target = await serveFunction();
    await cluster.deploy("hello", { team: "a" }, target);
    const subjects = [`s${crypto.randomUUID()}`, `s${crypto.randomUUID()}`];
    for (const [index, topic] of subjects.entries()) {
      await cluster.create(`t${index}`, { topic, ...selector });
      await expect
        .poll(() => cluster.ready(`t${index}`), { timeout: 15_000 })
        .toMatchObject({ status: "True" });
    }
    for (const subject of subjects) connection.publish(subject, subject);
    await target.received(2);
    expect(target.calls.map(({ body }) => body).toSorted()).toEqual(subjects.toSorted());
  });

  test("another topic, and a function that is relabelled: nothing more of the old", async () => {
    const cluster = await startController();
    const [stream, next] = [await newStream(), await newStream()];
    const [leaving, coming] = await Promise.all([serveFunction(), serveFunction()]);
    await cluster.deploy("leaving", { team: "a" }, leaving);
    await cluster.create("orders", read(stream));
    await send(stream, 1);
    await leaving.received(1);
    await cluster.relabel("leaving", { team: "b" });
    await cluster.deploy("coming", { team: "a" }, coming);
    await coming.received(1);
    await send(stream, 1);
    await coming.received(2);
    expect(leaving.calls).toHaveLength(1);
    await cluster.client.patch(natsKind.resource, { namespace, name: "orders" }, { spec: read(next) });
    await send(next, 1);
    await coming.received(3);
    await send(stream, 1);
    await send(next, 1);
    await coming.received(4);
    expect(coming.calls.slice(2).map(({ id }) => id.split(":")[0])).toEqual([next, next]);
  });

  test("what core NATS cannot do, and what cannot be reached, is a condition; one beside it works", async () => {
    const cluster = await startController();
    const stream = await newStream();
    const target = await serveFunction();
    await cluster.deploy("hello", { team: "a" }, target);
    await cluster.create("more", { topic: "a", ...selector, delivery: { guarantee: "atLeastOnce" } });
    await cluster.create("ordered", { topic: "a", ...selector, delivery: { ordering: "key" } });
    await cluster.create("missing", read(`missing-${crypto.randomUUID()}`));
    await cluster.create("unreachable", {
      topic: "a",
      ...selector,
      connection: { servers: ["127.0.0.1:1"] },
    });
    await cluster.create("secret", {
      topic: "a",
      ...selector,
      connection: { servers: [servers?.split(",")[0]], secretName: "nobody" },
    });
    await cluster.create("suspended", { topic: "a", ...selector, suspend: true });
    await cluster.create("good", read(stream));
    await send(stream, 1);
    await target.received(1);
    const expected = {
      more: {
        reason: "Unsupported",
        message: expect.stringContaining("cannot do atLeastOnce; write atMostOnce"),
      },
      ordered: {
        reason: "Unsupported",
        message: expect.stringContaining("cannot keep order by key; write none"),
      },
      missing: { reason: "TopicNotFound" },
      unreachable: { reason: "ConnectionFailed" },
      secret: { reason: "SecretNotFound" },
      suspended: { reason: "Suspended", message: expect.stringContaining("what is sent meanwhile is lost") },
    };
    for (const [name, condition] of Object.entries(expected))
      await expect.poll(() => cluster.ready(name), { timeout: 15_000 }).toMatchObject(condition);
    expect(target.calls).toHaveLength(1);
  });

  test("deletion ends though no server answers and an old finalizer stands", async () => {
    const cluster = await startController();
    await cluster.deploy("hello", { team: "a" }, await serveFunction());
    const spec = { topic: "t", ...selector, connection: { servers: ["127.0.0.1:1"] } };
    await cluster.create("old", spec, ["kubeless.io/natstrigger"]);
    await cluster.client.delete(natsKind.resource, { namespace, name: "old" });
    await expect
      .poll(() => cluster.client.find(natsKind.resource, { namespace, name: "old" }), { timeout: 15_000 })
      .toBeUndefined();
  });
});

async function startController(): Promise<TriggerCluster> {
  const cluster = await openTriggerCluster({
    name: "nats-trigger",
    kind: natsKind,
    source: natsSource,
    config: natsConfig.parse({ NATS_URL: servers }),
    definition: natsTriggerResource.crd(),
    startServer: startApiServer,
  });
  onTestFinished(cluster.close, 60_000);
  return cluster;
}
