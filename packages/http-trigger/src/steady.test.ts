import { resources } from "@kubeless/controller-kit";
import { holdSteady } from "@kubeless/controller-kit/testing";
import { expect, test } from "vitest";
import { openController } from "./fixtures/controller.ts";
import { httpTriggers } from "./kinds.ts";

const metadata = { namespace: "default", name: "hello" };

test("a hand's change of the Ingress comes back, and a second start writes only what is to be changed", async () => {
  await holdSteady(await openController(), {
    trigger: httpTriggers,
    spec: { "function-name": "hello", "host-name": "hello.example.com", gateway: "nginx" },
    child: resources.ingresses,
    childName: "hello",
  });
});

test("an Ingress whose class changes is another one, without the word of the gateway before", async () => {
  const { client, start } = await openController();
  await client.create(httpTriggers, {
    metadata,
    spec: { "function-name": "hello", "host-name": "hello.example.com", gateway: "nginx" },
  } as never);
  await start();
  const classOf = async () => (await client.find(resources.ingresses, metadata))?.spec?.ingressClassName;
  await expect.poll(classOf).toBe("nginx");
  const served = { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } };
  await client.patch(resources.ingresses, metadata, { status: served } as never, { subresource: "status" });
  const urlOf = async () => (await client.get(httpTriggers, metadata)).status?.addresses;
  await expect.poll(urlOf).toEqual(["192.0.2.1"]);
  await client.patch(httpTriggers, metadata, { spec: { className: "internal" } } as never);
  await expect.poll(classOf).toBe("internal");
  await expect.poll(urlOf).toBeUndefined();
});
