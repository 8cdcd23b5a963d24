import { crd, functionResource, natsTriggerResource } from "@kubeless/api-types";
import {
  type ClusterClient,
  type Condition,
  createClusterClient,
  findCondition,
  resources,
  silentLogger,
} from "@kubeless/controller-kit";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { createTriggerManager } from "@kubeless/trigger-kit";
import { KubeConfig } from "@kubernetes/client-node";
import { connect, type JetStreamManager, type NatsConnection } from "nats";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { serveFunction, type Target } from "./fixtures/target.ts";
import { natsConfig } from "./nats-config.ts";
import { natsKind } from "./nats-kind.ts";
import { natsSource } from "./nats-source.ts";

const servers = process.env.NATS_SERVERS;
const namespace = "default";
const functions = { ...functionResource, namespaced: true };

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
    const { client } = await startController();
    const stream = await newStream();
    const [first, second, other] = await Promise.all([serveFunction(), serveFunction(), serveFunction()]);
    await deploy(client, "first", { team: "a" }, first);
    await deploy(client, "second", { team: "a" }, second);
    await deploy(client, "other", { team: "b" }, other);
    await apply(client, "orders", read(stream));
    await send(stream, 3);
    await Promise.all([first.received(3), second.received(3)]);
    expect(other.calls).toEqual([]);
    await expect
      .poll(() => ready(client, "orders"), { timeout: 15_000 })
      .toMatchObject({ status: "True", reason: "Ready" });
    const { status } = await client.get(natsKind.resource, { namespace, name: "orders" });
    expect(status?.bindings).toMatchObject([
      { function: "first", ready: true, guarantee: "atMostOnce", ordering: "none" },
      { function: "second", ready: true },
    ]);
  });

  test("two triggers call one function, each with its subject", async () => {
    const { client } = await startController();
    const target = await serveFunction();
    await deploy(client, "hello", { team: "a" }, target);
    const subjects = [`s${crypto.randomUUID()}`, `s${crypto.randomUUID()}`];
    for (const [index, topic] of subjects.entries()) {
      await apply(client, `t${index}`, { topic, ...selector });
      await expect
        .poll(() => ready(client, `t${index}`), { timeout: 15_000 })
        .toMatchObject({ status: "True" });
    }
    for (const subject of subjects) connection.publish(subject, subject);
    await target.received(2);
    expect(target.calls.map(({ body }) => body).toSorted()).toEqual(subjects.toSorted());
  });

  test("another topic, and a function that is relabelled: nothing more of the old", async () => {
    const { client } = await startController();
    const [stream, next] = [await newStream(), await newStream()];
    const [leaving, coming] = await Promise.all([serveFunction(), serveFunction()]);
    await deploy(client, "leaving", { team: "a" }, leaving);
    await apply(client, "orders", read(stream));
    await send(stream, 1);
    await leaving.received(1);
    await client.patch(functions, { namespace, name: "leaving" }, { metadata: { labels: { team: "b" } } });
    await deploy(client, "coming", { team: "a" }, coming);
    await coming.received(1);
    await send(stream, 1);
    await coming.received(2);
    expect(leaving.calls).toHaveLength(1);
    await client.patch(natsKind.resource, { namespace, name: "orders" }, { spec: read(next) });
    await send(next, 1);
    await coming.received(3);
    await send(stream, 1);
    await send(next, 1);
    await coming.received(4);
    expect(coming.calls.slice(2).map(({ id }) => id.split(":")[0])).toEqual([next, next]);
  });

  test("what core NATS cannot do, and what cannot be reached, is a condition; one beside it works", async () => {
    const { client } = await startController();
    const stream = await newStream();
    const target = await serveFunction();
    await deploy(client, "hello", { team: "a" }, target);
    await apply(client, "more", { topic: "a", ...selector, delivery: { guarantee: "atLeastOnce" } });
    await apply(client, "ordered", { topic: "a", ...selector, delivery: { ordering: "key" } });
    await apply(client, "missing", read(`missing-${crypto.randomUUID()}`));
    await apply(client, "unreachable", { topic: "a", ...selector, connection: { servers: ["127.0.0.1:1"] } });
    await apply(client, "secret", {
      topic: "a",
      ...selector,
      connection: { servers: [servers?.split(",")[0]], secretName: "nobody" },
    });
    await apply(client, "suspended", { topic: "a", ...selector, suspend: true });
    await apply(client, "good", read(stream));
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
      await expect.poll(() => ready(client, name), { timeout: 15_000 }).toMatchObject(condition);
    expect(target.calls).toHaveLength(1);
  });

  test("deletion ends though no server answers and an old finalizer stands", async () => {
    const { client } = await startController();
    await deploy(client, "hello", { team: "a" }, await serveFunction());
    const spec = { topic: "t", ...selector, connection: { servers: ["127.0.0.1:1"] } };
    await apply(client, "old", spec, ["kubeless.io/natstrigger"]);
    await client.delete(natsKind.resource, { namespace, name: "old" });
    await expect
      .poll(() => client.find(natsKind.resource, { namespace, name: "old" }), { timeout: 15_000 })
      .toBeUndefined();
  });
});

async function startController(): Promise<{ client: ClusterClient }> {
  const server = await startApiServer();
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(server.kubeconfig);
  const client = createClusterClient({ kubeConfig });
  for (const resource of [functionResource, natsTriggerResource])
    await client.apply(resources.customResourceDefinitions, crd(resource));
  const config = natsConfig.parse({ NATS_URL: servers });
  const manager = createTriggerManager({
    name: "nats-trigger",
    identity: "test",
    kind: natsKind,
    source: natsSource,
    config,
    client,
    logger: silentLogger,
  });
  await manager.start();
  onTestFinished(async () => {
    await manager.stop();
    await client.close();
    await server.stop();
  }, 60_000);
  return { client };
}

async function deploy(
  client: ClusterClient,
  name: string,
  labels: Record<string, string>,
  target: Target | undefined,
): Promise<void> {
  const object = {
    apiVersion: functionResource.apiVersion,
    kind: "Function",
    metadata: { name, namespace, labels },
    spec: { runtime: "nodejs", handler: "a.b", function: "x" },
  };
  await client.create(functions, object as never);
  if (target !== undefined) await client.apply(resources.endpointSlices, endpointSlice(name, target));
}

function endpointSlice(name: string, { endpoint }: Target): object {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, namespace, labels: { "kubernetes.io/service-name": name, "created-by": "kubeless" } },
    addressType: "IPv4",
    endpoints: [{ addresses: [endpoint.host], conditions: { ready: true } }],
    ports: [{ name: "http-function-port", port: endpoint.port, protocol: "TCP" }],
  };
}

async function apply(
  client: ClusterClient,
  name: string,
  spec: object,
  finalizers: readonly string[] = [],
): Promise<void> {
  const { apiVersion, kind } = natsTriggerResource;
  await client.create(natsKind.resource, {
    apiVersion,
    kind,
    metadata: { name, namespace, finalizers },
    spec,
  } as never);
}

async function ready(client: ClusterClient, name: string): Promise<Condition | undefined> {
  const trigger = await client.get(natsKind.resource, { namespace, name });
  return findCondition(trigger as { status?: { conditions?: readonly Condition[] } }, "Ready");
}
