import { resources } from "@kubeless/controller-kit";
import { expect, test } from "vitest";
import { openController, triggers } from "./fixtures/controller.ts";

const metadata = { namespace: "default", name: "hello" };
const child = { namespace: "default", name: "trigger-hello" };
const noted = (note: string) => ({ metadata: { annotations: { "example.com/note": note } } }) as never;

test("a hand's change of the CronJob comes back, and a second start writes only what is to be changed", async () => {
  const { client, start } = await openController();
  await client.create(triggers, {
    metadata: { ...metadata, annotations: { "example.com/note": "ours" } },
    spec: { "function-name": "hello", schedule: "@hourly" },
  } as never);
  const noteOf = async () =>
    (await client.find(resources.cronJobs, child))?.metadata.annotations?.["example.com/note"];
  const versions = async () =>
    [await client.get(triggers, metadata), await client.get(resources.cronJobs, child)].map(
      (one) => one.metadata.resourceVersion,
    );

  const first = await start();
  await expect.poll(noteOf).toBe("ours");
  await client.patch(resources.cronJobs, child, noted("theirs"));
  await expect.poll(noteOf).toBe("ours");
  await first.idle();
  await first.stop();

  const before = await versions();
  const second = await start();
  await second.idle();
  expect(await versions()).toEqual(before);
  await second.stop();

  await client.patch(triggers, metadata, noted("new"));
  const third = await start();
  await third.idle();
  expect(await noteOf()).toBe("new");
});
