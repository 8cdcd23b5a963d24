import { resources } from "@kubeless/controller-kit";
import { expect, test } from "vitest";
import { openController } from "./fixtures/controller.ts";
import { httpTriggers } from "./kinds.ts";

const metadata = { namespace: "default", name: "hello" };
const noted = (note: string) => ({ metadata: { annotations: { "example.com/note": note } } }) as never;

test("a hand's change of the Ingress comes back, and a second start writes only what is to be changed", async () => {
  const { client, start } = await openController();
  await client.create(httpTriggers, {
    metadata: { ...metadata, annotations: { "example.com/note": "ours" } },
    spec: { "function-name": "hello", "host-name": "hello.example.com", gateway: "nginx" },
  } as never);
  const noteOf = async () =>
    (await client.find(resources.ingresses, metadata))?.metadata.annotations?.["example.com/note"];
  const versions = async () =>
    [await client.get(httpTriggers, metadata), await client.get(resources.ingresses, metadata)].map(
      (one) => one.metadata.resourceVersion,
    );

  const first = await start();
  await expect.poll(noteOf).toBe("ours");
  await client.patch(resources.ingresses, metadata, noted("theirs"));
  await expect.poll(noteOf).toBe("ours");
  await first.idle();
  await first.stop();

  const before = await versions();
  const second = await start();
  await second.idle();
  expect(await versions()).toEqual(before);
  await second.stop();

  await client.patch(httpTriggers, metadata, noted("new"));
  const third = await start();
  await third.idle();
  expect(await noteOf()).toBe("new");
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
