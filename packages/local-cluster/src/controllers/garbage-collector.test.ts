import { describe, expect, test } from "vitest";
import type { ClusterApi, KubeObject } from "../api/cluster-api.ts";
import {
  ownedBy,
  renderConfigMap,
  startTestControllers,
  type TestControllers,
} from "./controller-fixture.ts";
import { startGarbageCollector } from "./garbage-collector.ts";

const configMaps = "configmaps";

function start(): Promise<TestControllers> {
  return startTestControllers([startGarbageCollector]);
}

/** Creates a ConfigMap that is owned by others, each `true` if it blocks that owner's deletion. */
function create(
  api: ClusterApi,
  name: string,
  owners: readonly (readonly [KubeObject, boolean?])[] = [],
  more = {},
) {
  const ownerReferences = owners.map(([owner, blocks]) => ownedBy(owner, blocks));
  return api.create(configMaps, renderConfigMap(name, { ownerReferences, ...more }));
}

function find(api: ClusterApi, name: string): KubeObject | undefined {
  return api.get(configMaps, "default", name);
}

describe("in the background", () => {
  test("dependents go after their owner, and their dependents after them", async () => {
    const { api, settled } = await start();
    const owner = create(api, "owner");
    const child = create(api, "child", [[owner]]);
    create(api, "grandchild", [[child]]);
    await settled();
    api.delete(configMaps, "default", "owner");
    expect(find(api, "owner")).toBeUndefined();
    expect(find(api, "child")).toBeDefined();
    await settled();
    expect(find(api, "child")).toBeUndefined();
    expect(find(api, "grandchild")).toBeUndefined();
  });

  test("a dependent with another living owner loses only the reference to the one that is gone", async () => {
    const { api, settled } = await start();
    const [first, second] = [create(api, "first"), create(api, "second")];
    create(api, "child", [[first, true], [second]]);
    api.delete(configMaps, "default", "first");
    await settled();
    expect(find(api, "child")?.metadata.ownerReferences).toEqual([ownedBy(second)]);
  });

  test("an owner of the same name and another uid is another owner", async () => {
    const { api, settled } = await start();
    const old = create(api, "owner");
    create(api, "child", [[old]]);
    api.delete(configMaps, "default", "owner");
    create(api, "owner");
    await settled();
    expect(find(api, "child")).toBeUndefined();
    expect(find(api, "owner")).toBeDefined();
  });

  test("who is created with an owner that is already gone goes at once", async () => {
    const { api, settled } = await start();
    const owner = create(api, "owner");
    api.delete(configMaps, "default", "owner");
    create(api, "late", [[owner]]);
    await settled();
    expect(find(api, "late")).toBeUndefined();
  });

  test("a dependent that a finalizer holds is marked, and its own dependents stay until it is gone", async () => {
    const { api, settled } = await start();
    const owner = create(api, "owner");
    const held = create(api, "held", [[owner]], { finalizers: ["example.com/hold"] });
    create(api, "grandchild", [[held]]);
    api.delete(configMaps, "default", "owner");
    await settled();
    const marked = find(api, "held");
    expect(marked?.metadata.deletionTimestamp).toBeDefined();
    expect(find(api, "grandchild")).toBeDefined();
    api.update(configMaps, { ...marked, metadata: { ...marked?.metadata, finalizers: [] } });
    await settled();
    expect(find(api, "grandchild")).toBeUndefined();
  });
});

describe("in the foreground", () => {
  const foreground = { propagationPolicy: "Foreground" } as const;

  test("an owner waits for the dependents that block it", async () => {
    const { api, settled } = await start();
    const owner = create(api, "owner");
    create(api, "blocking", [[owner, true]], { finalizers: ["example.com/hold"] });
    create(api, "other", [[owner]]);
    api.delete(configMaps, "default", "owner", foreground);
    await settled();
    expect(find(api, "owner")?.metadata).toMatchObject({ finalizers: ["foregroundDeletion"] });
    const blocking = find(api, "blocking");
    expect(blocking?.metadata.deletionTimestamp).toBeDefined();
    expect(find(api, "other")).toBeUndefined();
    api.update(configMaps, { ...blocking, metadata: { ...blocking?.metadata, finalizers: [] } });
    await settled();
    expect(find(api, "owner")).toBeUndefined();
  });

  test("an owner goes at once when nobody blocks it, and its dependents follow", async () => {
    const { api, settled } = await start();
    const owner = create(api, "owner");
    create(api, "child", [[owner]], { finalizers: ["example.com/hold"] });
    api.delete(configMaps, "default", "owner", foreground);
    await settled();
    expect(find(api, "owner")).toBeUndefined();
    expect(find(api, "child")?.metadata.deletionTimestamp).toBeDefined();
  });

  test("dependents that have dependents of their own go in the foreground too, the last first", async () => {
    const { api, settled } = await start();
    const gone: string[] = [];
    api.watch(configMaps, ({ type, object }) => {
      if (type === "DELETED") gone.push(object.metadata.name);
    });
    const owner = create(api, "owner");
    const child = create(api, "child", [[owner, true]]);
    create(api, "grandchild", [[child, true]]);
    api.delete(configMaps, "default", "owner", foreground);
    await settled();
    expect(gone).toEqual(["grandchild", "child", "owner"]);
  });

  test.each([2, 3])(
    "a circle of %i owners that block each other does not wait for itself for ever",
    async (count) => {
      const { api, settled } = await start();
      const circle = Array.from({ length: count }, (_, index) => create(api, `member-${index}`));
      circle.forEach((member, index) => {
        const owner = circle[(index + 1) % count] as KubeObject;
        const metadata = { ...member.metadata, ownerReferences: [ownedBy(owner, true)] };
        api.update(configMaps, { ...member, metadata });
      });
      await settled();
      api.delete(configMaps, "default", "member-0", foreground);
      await settled();
      expect(circle.map(({ metadata }) => find(api, metadata.name))).toEqual(circle.map(() => undefined));
    },
  );

  test("a dependent with another living owner is let go and lives", async () => {
    const { api, settled } = await start();
    const [first, second] = [create(api, "first"), create(api, "second")];
    create(api, "child", [
      [first, true],
      [second, true],
    ]);
    api.delete(configMaps, "default", "first", foreground);
    await settled();
    expect(find(api, "first")).toBeUndefined();
    expect(find(api, "child")?.metadata.ownerReferences).toEqual([ownedBy(second, true)]);
    expect(find(api, "child")?.metadata.deletionTimestamp).toBeUndefined();
  });
});

describe("orphaning", () => {
  test("takes the owner out of its dependents, which live", async () => {
    const { api, settled } = await start();
    const owner = create(api, "owner");
    create(api, "child", [[owner, true]]);
    api.delete(configMaps, "default", "owner", { propagationPolicy: "Orphan" });
    expect(find(api, "owner")?.metadata.finalizers).toEqual(["orphan"]);
    await settled();
    expect(find(api, "owner")).toBeUndefined();
    expect(find(api, "child")?.metadata).not.toHaveProperty("ownerReferences");
  });
});

describe("owner references that lead nowhere", () => {
  const clusterRole = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole" };

  test("an object of a namespace may have an owner that is in none", async () => {
    const { api, settled } = await start();
    const role = api.create("clusterroles.rbac.authorization.k8s.io", { metadata: { name: "owner" } });
    const owner = { ...role, ...clusterRole } as KubeObject;
    create(api, "child", [[owner]]);
    await settled();
    expect(find(api, "child")).toBeDefined();
    api.delete("clusterroles.rbac.authorization.k8s.io", undefined, "owner");
    await settled();
    expect(find(api, "child")).toBeUndefined();
  });

  test("an object in no namespace that names an owner in one stays: such a reference says nothing", async () => {
    const { api, settled } = await start();
    const owner = create(api, "owner");
    const roles = "clusterroles.rbac.authorization.k8s.io";
    api.create(roles, { metadata: { name: "child", ownerReferences: [ownedBy(owner)] } });
    api.delete(configMaps, "default", "owner");
    await settled();
    expect(api.get(roles, undefined, "child")).toBeDefined();
  });

  test("an owner of a kind that nobody serves is waited for", async () => {
    const { api, settled, clock } = await start();
    const ownerReferences = [{ apiVersion: "example.com/v1", kind: "Widget", name: "w", uid: "1" }];
    api.create(configMaps, renderConfigMap("child", { ownerReferences }));
    await settled();
    clock.advance(60_000);
    await settled();
    expect(find(api, "child")).toBeDefined();
    api.create("customresourcedefinitions.apiextensions.k8s.io", widgets);
    clock.advance(60_000);
    await settled();
    expect(find(api, "child")).toBeUndefined();
  });

  test("dependents of custom objects go with their definition", async () => {
    const { api, settled } = await start();
    api.create("customresourcedefinitions.apiextensions.k8s.io", widgets);
    const owner = api.create("widgets.example.com", { metadata: { name: "gear", namespace: "default" } });
    create(api, "child", [[owner, true]]);
    await settled();
    api.delete("customresourcedefinitions.apiextensions.k8s.io", undefined, "widgets.example.com");
    await settled();
    expect(find(api, "child")).toBeUndefined();
  });
});

test("a thousand dependents go before an owner that they block", async () => {
  const { api, settled } = await start();
  const owner = create(api, "owner");
  for (let number = 0; number < 1000; number += 1) create(api, `child-${number}`, [[owner, true]]);
  api.delete(configMaps, "default", "owner", { propagationPolicy: "Foreground" });
  await settled();
  expect(api.list(configMaps, { namespace: "default" }).map(({ metadata }) => metadata.name)).toEqual([
    "kube-root-ca.crt",
  ]);
});

const widgets = {
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};
