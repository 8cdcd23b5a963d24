import { expect, test } from "vitest";
import { startTestControllers } from "../controllers/controller-fixture.ts";

const definitions = "customresourcedefinitions.apiextensions.k8s.io";
const widgets = "widgets.example.com";
const definition = {
  metadata: { name: widgets },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};

test("a definition goes after its objects, and its kind is served no more", async () => {
  const { api, settled } = await startTestControllers([]);
  api.create(definitions, definition);
  api.create(widgets, { metadata: { name: "gear", namespace: "default" } });
  await settled();
  const gone: string[] = [];
  api.watch(widgets, ({ type, object }) => {
    if (type === "DELETED") gone.push(object.metadata.name);
  });
  api.delete(definitions, undefined, widgets);
  await settled();
  expect(gone).toEqual(["gear"]);
  expect(api.get(definitions, undefined, widgets)).toBeUndefined();
  expect(api.resources().some(({ resource }) => resource === widgets)).toBe(false);
});

test("an object that a finalizer holds keeps its definition, which takes no new ones and says why it stays", async () => {
  const { api, settled } = await startTestControllers([]);
  api.create(definitions, definition);
  const finalizers = ["example.com/hold"];
  api.create(widgets, { metadata: { name: "held", namespace: "default", finalizers } });
  api.delete(definitions, undefined, widgets);
  await settled();
  const message = "CustomResource deletion is in progress";
  expect(api.get(definitions, undefined, widgets)).toMatchObject({
    status: { conditions: [{}, {}, { type: "Terminating", reason: "InstanceDeletionInProgress", message }] },
  });
  expect(() => api.create(widgets, { metadata: { name: "late", namespace: "default" } })).toThrow(
    'widgets.example.com "late" is forbidden: create not allowed while custom resource definition is terminating',
  );
  const held = api.get(widgets, "default", "held");
  api.update(widgets, { ...held, metadata: { ...held?.metadata, finalizers: [] } });
  await settled();
  expect(api.get(definitions, undefined, widgets)).toBeUndefined();
});

test("a definition without objects goes at once, and can be made again", async () => {
  const { api, settled } = await startTestControllers([]);
  for (const _round of [1, 2]) {
    api.create(definitions, definition);
    api.delete(definitions, undefined, widgets);
    await settled();
    expect(api.get(definitions, undefined, widgets)).toBeUndefined();
  }
});
