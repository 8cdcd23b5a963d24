import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { crd, kafkaTriggerResource } from "@kubeless/api-types";
import { type ClusterClient, createClusterClient, resources } from "@kubeless/controller-kit";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { KubeConfig } from "@kubernetes/client-node";
import { expect, onTestFinished, test } from "vitest";
import { answerInPod } from "./answer-in-pod.ts";
import type { Broker } from "./create-broker.ts";

const resource = { ...kafkaTriggerResource, namespaced: true };

async function openCluster(): Promise<ClusterClient> {
  const server = await startApiServer();
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(server.kubeconfig);
  const client = createClusterClient({ kubeConfig });
  onTestFinished(async () => {
    await client.close();
    await server.stop();
  });
  return client;
}

/** What is written for a request whose input stays open. */
async function ask(client: ClusterClient, broker: Broker, request: string): Promise<string> {
  const input = new Readable({ read: () => undefined });
  input.push(`${request}\n`);
  const output = new PassThrough();
  const said = text(output);
  const signal = AbortSignal.timeout(20_000);
  await answerInPod({ broker, kind: resource, client, environment: {}, input, output, signal });
  output.end();
  return said;
}

test("a request on standard input is answered with the trigger and the Secret of its namespace, though the input stays open", async () => {
  const client = await openCluster();
  await client.apply(resources.customResourceDefinitions, crd(kafkaTriggerResource));
  const metadata = { namespace: "default", name: "orders" };
  const spec = { topic: "t", functionSelector: { matchLabels: { a: "b" } } };
  await client.create(resource as never, { metadata, spec } as never);
  const data = { password: Buffer.from("x").toString("base64") };
  await client.create(resources.secrets, { metadata: { ...metadata, name: "login" }, data } as never);
  const broker: Broker = {
    async *answer({ operation }, { trigger, secret }) {
      const { spec: found } = (await trigger("orders")) as { spec: { topic: string } };
      const { password } = await secret("login");
      yield { item: { id: `${operation.do} ${found.topic} ${Buffer.from(password ?? "")}` } };
      await expect(secret("other")).rejects.toThrow("There is no Secret other in default.");
      expect(await trigger("ghost")).toBeUndefined();
      yield { end: true };
    },
  };
  const request = '{"namespace": "default", "operation": {"do": "listTopics"}}';
  expect(await ask(client, broker, request)).toBe('{"item":{"id":"listTopics t x"}}\n{"end":true}\n');
});

test("a request of another version is a fault that says so", async () => {
  const broker: Broker = { answer: () => Promise.reject(new Error("It was asked.")) as never };
  const said = await ask(
    await openCluster(),
    broker,
    '{"namespace": "default", "operation": {"do": "dance"}}',
  );
  const { fault } = JSON.parse(said) as { fault: string };
  expect(fault).toMatch(
    /^The controller does not understand what was asked \(operation\.do: .+its version\.$/,
  );
});

test("a kind that the controller may not read is a fault with the API server's words", async () => {
  const broker: Broker = {
    async *answer(_request, { trigger }) {
      yield { item: { id: String(await trigger("orders")) } };
    },
  };
  const said = await ask(
    await openCluster(),
    broker,
    '{"namespace": "default", "operation": {"do": "listTopics"}}',
  );
  expect(JSON.parse(said)).toEqual({
    fault: expect.stringMatching(/^The API server refused the controller: .+/),
  });
});
