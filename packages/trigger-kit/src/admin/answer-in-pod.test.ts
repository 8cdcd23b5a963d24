import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { crd, kafkaTriggerResource } from "@kubeless/api-types";
import { createClusterClient, resources } from "@kubeless/controller-kit";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { KubeConfig } from "@kubernetes/client-node";
import { expect, onTestFinished, test } from "vitest";
import { answerInPod } from "./answer-in-pod.ts";
import type { Broker } from "./create-broker.ts";

const resource = { ...kafkaTriggerResource, namespaced: true };

test("a request on standard input is answered with the trigger and the Secret of its namespace, though the input stays open", async () => {
  const server = await startApiServer();
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(server.kubeconfig);
  const client = createClusterClient({ kubeConfig });
  onTestFinished(async () => {
    await client.close();
    await server.stop();
  });
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
  const input = new Readable({ read: () => undefined });
  input.push('{"namespace": "default", "operation": {"do": "listTopics"}}\n');
  const output = new PassThrough();
  const said = text(output);
  const signal = AbortSignal.timeout(20_000);
  await answerInPod({ broker, kind: resource, client, environment: {}, input, output, signal });
  output.end();
  expect(await said).toBe('{"item":{"id":"listTopics t x"}}\n{"end":true}\n');
});
