import { expect, it } from "vitest";
import { createManager, GROUPS } from "./manager.ts";

function createNoting() {
  const said: string[] = [];
  const component = (name: string, faults: { start?: Error; stop?: Error } = {}) => ({
    name,
    start: async () => {
      said.push(`start ${name}`);
      if (faults.start) throw faults.start;
    },
    stop: async () => {
      said.push(`stop ${name}`);
      if (faults.stop) throw faults.stop;
    },
  });
  return { said, component };
}

it("starts its groups in their order, however they were added, and stops them the other way round", async () => {
  const { said, component } = createNoting();
  const manager = createManager();
  for (const group of GROUPS.toReversed()) manager.add(group, component(group));
  await manager.start();
  await manager.stop();
  expect(said).toEqual([
    ...GROUPS.map((group) => `start ${group}`),
    ...GROUPS.toReversed().map((group) => `stop ${group}`),
  ]);
});

it("stops what was started when one does not start, and rejects with its reason", async () => {
  const { said, component } = createNoting();
  const manager = createManager();
  manager.add("servers", component("first"));
  manager.add("caches", component("broken", { start: new Error("the port is taken") }));
  manager.add("controllers", component("never"));
  await expect(manager.start()).rejects.toThrow("the port is taken");
  expect(said).toEqual(["start first", "start broken", "stop broken", "stop first"]);
});

it("stops each once, and all of them though one fails to", async () => {
  const { said, component } = createNoting();
  const manager = createManager();
  manager.add("servers", component("first"));
  manager.add("caches", component("second", { stop: new Error("cannot") }));
  await manager.start();
  await Promise.all([manager.stop(), manager.stop()]);
  expect(said.slice(2)).toEqual(["stop second", "stop first"]);
});

it("is ready between start and stop only, when every part is", async () => {
  let waitsFor: string | undefined = "the first list";
  const manager = createManager();
  manager.add("caches", { name: "cache", start: () => {}, stop: () => {}, notReady: () => waitsFor });
  expect(manager.notReady()).toEqual(["starting"]);
  await manager.start();
  expect(manager.notReady()).toEqual(["the first list"]);
  waitsFor = undefined;
  expect(manager.notReady()).toEqual([]);
  await manager.stop();
  expect(manager.notReady()).toEqual(["stopping"]);
});
