import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isConflict } from "../cluster/api-error.ts";
import type { ClusterClient } from "../cluster/client.ts";
import type { Live } from "../cluster/kubernetes-object.ts";
import type { Resource } from "../cluster/resource.ts";
import { resources } from "../cluster/resources.ts";
import { isReal, openTestCluster, type TestCluster } from "../fixtures/cluster.ts";
import { prepareChild } from "./prepare.ts";
import { type ChildObject, type ChildWrite, writeChild } from "./write-child.ts";

const OLD = "kubeless-function-controller";
const deployments = resources.deployments as Resource<object> as Resource<ChildObject>;

describe("writing a child", () => {
  let cluster: TestCluster;
  let owner: Live<object>;

  beforeAll(async () => {
    cluster = await openTestCluster();
    owner = await cluster.client.create(resources.configMaps, meta("owner"));
  });
  afterAll(() => cluster.close());

  const meta = (name: string) => ({ metadata: { name, namespace: cluster.namespace } });

  const ownerReference = () => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    name: "owner",
    uid: owner.metadata.uid,
  });

  /** The smallest Deployment; `container` and `spec` are what a test is about. Its image is never pulled: 0 replicas. */
  function deployment(name: string, spec: object = { replicas: 0 }, container: object = {}) {
    const labels = { app: name };
    return {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: "main", image: "localhost/none:1", ...container }] },
        },
        ...spec,
      },
    };
  }

  /** As a controller does: again, when somebody (the Deployment controller, its status) wrote meanwhile. */
  async function write(rendered: ReturnType<typeof deployment>, options: Partial<ChildWrite> = {}) {
    for (;;) {
      try {
        return await writeOnce(rendered, options);
      } catch (error) {
        if (!isConflict(error)) throw error;
      }
    }
  }

  function writeOnce(rendered: ReturnType<typeof deployment>, options: Partial<ChildWrite> = {}) {
    return writeChild({
      client: cluster.client,
      resource: deployments,
      child: prepareChild(rendered, owner),
      ownerUid: owner.metadata.uid,
      known: undefined,
      metadataOnly: false,
      fieldManager: "kubeless",
      formerManagers: [OLD],
      takeOverBlocked: () => undefined,
      ...options,
    });
  }

  const read = (name: string) => cluster.client.get(resources.deployments, meta(name).metadata);

  /** What Kubeless 1.0.x made: a plain create, an owner without `controller`, things that we do not render. */
  function createOld(name: string, spec: object = { replicas: 0 }) {
    const old = deployment(name, spec, {
      command: ["old"],
      ports: [{ containerPort: 1111 }],
      env: [{ name: "OLD", value: "1" }],
    });
    const metadata = {
      ...old.metadata,
      ...meta(name).metadata,
      annotations: { old: "yes" },
      ownerReferences: [ownerReference()],
    };
    return cluster.client.create(resources.deployments, { ...old, metadata } as never, { fieldManager: OLD });
  }

  it("creates what is not there, owned by uid, and sends nothing when it is as rendered", async () => {
    const rendered = deployment(
      "steady",
      { replicas: 0 },
      {
        resources: { limits: { cpu: "1000m", memory: "1024Mi" }, requests: { cpu: 0.5 } },
        ports: [{ containerPort: 8080 }],
        env: [
          { name: "EMPTY", value: "" },
          { name: "A", value: "1" },
        ],
        volumeMounts: [],
        tty: false,
      },
    );
    const made = await write(rendered);
    expect(made.metadata.ownerReferences).toEqual([{ ...ownerReference(), controller: true }]);
    const { client, writes } = cluster.noting();
    await write(rendered, { client, known: (await read("steady")) as ChildObject });
    expect(writes()).toBe(0);
  });

  it("drops a field that is not rendered any more, also one it set when it created the object", async () => {
    await write(
      deployment(
        "drop",
        { replicas: 0, minReadySeconds: 7 },
        { command: ["a"], env: [{ name: "A", value: "1" }] },
      ),
    );
    await write(deployment("drop"));
    const { spec } = await read("drop");
    expect(spec?.minReadySeconds).toBeUndefined();
    expect(spec?.template.spec?.containers[0]).not.toHaveProperty("command");
    expect(spec?.template.spec?.containers[0]).not.toHaveProperty("env");
  });

  it("brings back what a hand changed, added fields of others staying as they are", async () => {
    const rendered = deployment("hand", { replicas: 0 }, { env: [{ name: "A", value: "1" }] });
    await write(rendered);
    const byHand = {
      spec: {
        paused: true,
        template: {
          spec: {
            containers: [
              {
                name: "main",
                env: [
                  { name: "A", value: "2" },
                  { name: "B", value: "theirs" },
                ],
              },
            ],
          },
        },
      },
    };
    const changed = await cluster.client.patch(resources.deployments, meta("hand").metadata, byHand, {
      type: "strategic",
      fieldManager: "kubectl-edit",
    });
    await write(rendered, { known: changed as ChildObject });
    const { spec } = await read("hand");
    expect(spec?.paused).toBe(true);
    expect(spec?.template.spec?.containers[0]?.env).toEqual([
      { name: "A", value: "1" },
      { name: "B", value: "theirs" },
    ]);
  });

  it("takes over what a former manager made: its command, ports and annotations really go", async () => {
    await createOld("old");
    await write(deployment("old", { replicas: 0 }, { env: [{ name: "NEW", value: "1" }] }));
    const live = await read("old");
    const [container] = live.spec?.template.spec?.containers ?? [];
    expect(container).not.toHaveProperty("command");
    expect(container).not.toHaveProperty("ports");
    expect(container?.env).toEqual([{ name: "NEW", value: "1" }]);
    expect(live.metadata.annotations).not.toHaveProperty("old");
    expect(live.metadata.ownerReferences).toEqual([{ ...ownerReference(), controller: true }]);
    expect(live.metadata.managedFields?.map(({ manager }) => manager)).not.toContain(OLD);
  });

  it.skipIf(!isReal)(
    "takes over an object from before fields had managers (KUBELESS_TEST_KUBECONFIG)",
    async () => {
      await createOld("untracked");
      const reset = [{ op: "replace", path: "/metadata/managedFields", value: [{}] }];
      await cluster.client.patch(resources.deployments, meta("untracked").metadata, reset, { type: "json" });
      expect((await read("untracked")).metadata.managedFields).toBeUndefined();
      await write(deployment("untracked"));
      const live = await read("untracked");
      expect(live.spec?.template.spec?.containers[0]).not.toHaveProperty("command");
      expect(live.metadata.annotations).not.toHaveProperty("old");
    },
  );

  it("takes nothing over while that is blocked", async () => {
    await createOld("blocked");
    const blocked = {
      takeOverBlocked: () => ({ message: "Stop the old one." }),
    };
    await expect(write(deployment("blocked"), blocked)).rejects.toMatchObject({
      reason: "TakeOverBlocked",
      message: "Stop the old one.",
    });
    expect((await read("blocked")).spec?.template.spec?.containers[0]?.command).toEqual(["old"]);
  });

  it("leaves alone what another owns", async () => {
    await cluster.client.create(resources.deployments, {
      ...deployment("theirs"),
      ...meta("theirs"),
    } as never);
    await expect(write(deployment("theirs"))).rejects.toMatchObject({ reason: "NotOurs" });
    expect((await read("theirs")).metadata.ownerReferences).toBeUndefined();
  });

  it("keeps the last of two entries of one name", async () => {
    const twice = [
      { name: "A", value: "1" },
      { name: "B", value: "1" },
      { name: "A", value: "2" },
    ];
    await write(deployment("twice", { replicas: 0 }, { env: twice }));
    const { spec } = await read("twice");
    expect(spec?.template.spec?.containers[0]?.env).toEqual([
      { name: "A", value: "2" },
      { name: "B", value: "1" },
    ]);
  });

  it("fails with Conflict when somebody writes between the read and the write", async () => {
    await write(deployment("race"));
    const racing = racingClient(cluster.client, async () => {
      await cluster.client.patch(resources.deployments, meta("race").metadata, {
        metadata: { labels: { hand: "1" } },
      });
    });
    const error = await writeOnce(deployment("race", { replicas: 0 }, { command: ["x"] }), {
      client: racing,
    }).catch((caught: unknown) => caught);
    expect(isConflict(error)).toBe(true);
    expect((await read("race")).spec?.template.spec?.containers[0]).not.toHaveProperty("command");
  });

  describe("and an autoscaler", () => {
    const scale = (name: string, replicas: number) =>
      cluster.client.patch(
        resources.deployments,
        meta(name).metadata,
        { spec: { replicas } },
        { subresource: "scale", fieldManager: "kube-controller-manager" },
      );

    /** The values of `spec.replicas` that the API server stored, one after the other, from before `work` to its end. */
    async function replicasDuring(name: string, work: () => Promise<unknown>): Promise<unknown[]> {
      const { metadata, spec } = await read(name);
      const { resourceVersion = "" } = metadata;
      await work();
      const last = (
        await cluster.client.patch(resources.deployments, meta(name).metadata, {
          metadata: { labels: { last: "1" } },
        })
      ).metadata.resourceVersion;
      const seen: unknown[] = [spec?.replicas];
      const select = {
        namespace: cluster.namespace,
        fieldSelector: `metadata.name=${name}`,
        resourceVersion,
      };
      for await (const event of cluster.client.watch(resources.deployments, select)) {
        if (event.type !== "BOOKMARK") seen.push(event.object.spec?.replicas);
        if (event.object.metadata.resourceVersion === last) break;
      }
      return seen.filter((value, index) => index === 0 || value !== seen[index - 1]);
    }

    it("that has set the number keeps it when replicas are not rendered any more", async () => {
      await write(deployment("scaled", { replicas: 0 }));
      await scale("scaled", 3);
      expect(
        await replicasDuring("scaled", () => write(deployment("scaled", {}, { command: ["x"] }))),
      ).toEqual([3]);
    });

    it("that has not yet set the number finds the one there was, until it sets another", async () => {
      await write(deployment("unscaled", { replicas: 2 }));
      const values = await replicasDuring("unscaled", async () => {
        await write(deployment("unscaled", {}, { command: ["x"] }));
        await write(deployment("unscaled", {}, { command: ["y"] }));
        await scale("unscaled", 4);
        await write(deployment("unscaled", {}, { command: ["z"] }));
        await write(deployment("unscaled", {}));
      });
      expect(values).toEqual([2, 4]);
    });

    it("keeps its number while an old controller's object is taken over", async () => {
      await createOld("takenover", { replicas: 5 });
      expect(await replicasDuring("takenover", () => write(deployment("takenover", {})))).toEqual([5]);
      expect((await read("takenover")).spec?.template.spec?.containers[0]).not.toHaveProperty("command");
    });

    it("that sets a number between the read and the write wins: the write fails with Conflict", async () => {
      await write(deployment("between", { replicas: 2 }));
      const racing = racingClient(cluster.client, () => scale("between", 6));
      const values = await replicasDuring("between", async () => {
        await writeOnce(deployment("between", {}, { command: ["x"] }), { client: racing }).catch(() => {});
        await write(deployment("between", {}, { command: ["x"] }));
      });
      expect(values).toEqual([2, 6]);
    });
  });

  it("takes over an autoscaler that was written in another version of its API", async () => {
    const v1 = {
      apiVersion: "autoscaling/v1",
      kind: "HorizontalPodAutoscaler",
      plural: "horizontalpodautoscalers",
      namespaced: true,
    };
    const target = { apiVersion: "apps/v1", kind: "Deployment", name: "x" };
    const old = {
      metadata: { ...meta("hpa").metadata, ownerReferences: [ownerReference()] },
      spec: { scaleTargetRef: target, minReplicas: 2, maxReplicas: 3, targetCPUUtilizationPercentage: 70 },
    };
    await cluster.client.create(v1 as Resource<typeof old>, old, { fieldManager: OLD });
    const rendered = {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "hpa" },
      spec: { scaleTargetRef: target, maxReplicas: 9 },
    };
    const resource = resources.horizontalPodAutoscalers as Resource<object> as Resource<ChildObject>;
    await write(rendered as never, { resource });
    const { spec } = await cluster.client.get(resources.horizontalPodAutoscalers, meta("hpa").metadata);
    expect(spec?.maxReplicas).toBe(9);
    expect(spec?.minReplicas).toBe(1);
  });
});

/** The client, with `between` done once after the first read. */
function racingClient(client: ClusterClient, between: () => Promise<unknown>): ClusterClient {
  let raced = false;
  return {
    ...client,
    get: async (...given) => {
      const read = await client.get(...given);
      if (!raced) await between();
      raced = true;
      return read;
    },
  };
}
