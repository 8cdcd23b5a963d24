import { functionResource } from "@kubeless/api-types";
import {
  type ClusterClient,
  createClusterClient,
  createProjectionManager,
  type KubernetesObject,
  resources,
} from "@kubeless/controller-kit";
import { startApiServer, type TestApiServer } from "@kubeless/local-cluster/testing";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oldFunction, TEST_CONFIG } from "./fixtures/functions.ts";
import { functions } from "./fixtures/test-cluster.ts";
import { createFunctionProjection } from "./function-projection.ts";

const AUTOSCALED = {
  horizontalPodAutoscaler: {
    metadata: { name: "hello" },
    spec: {
      scaleTargetRef: { kind: "Deployment", name: "hello" },
      minReplicas: 1,
      maxReplicas: 3,
      metrics: [{ type: "Resource", resource: { name: "cpu", targetAverageUtilization: 70 } }],
    },
  },
};
const CHANGED = { function: "module.exports = { foo: () => 'changed' };\n" };

/** What the function asks for, one after the other: children are made, then changed, then one is pruned. */
const STEPS = [AUTOSCALED, CHANGED, { horizontalPodAutoscaler: oldFunction().spec.horizontalPodAutoscaler }];

describe("a controller that is killed between any two of its writes", () => {
  let server: TestApiServer;
  let client: ClusterClient;
  beforeAll(async () => {
    server = await startApiServer();
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(server.kubeconfig);
    client = createClusterClient({ kubeConfig });
    await client.apply(resources.customResourceDefinitions, functionResource.crd());
  });
  afterAll(async () => {
    await client.close();
    await server.stop();
  });

  it("is followed by one that makes the same children", async () => {
    const undisturbed = await runSteps("undisturbed", []);
    expect(undisturbed.writes).toBeGreaterThan(8);
    for (let point = 1; point <= undisturbed.writes; point += 1) {
      for (const moment of MOMENTS) {
        const disturbed = await runSteps(`${moment}-${point}`, [{ point, moment }]);
        expect(disturbed.children, `killed ${moment} write ${point}`).toEqual(undisturbed.children);
      }
    }
  }, 120_000);

  it("is followed by one that makes the same children, when each is killed at its first write", async () => {
    const undisturbed = await runSteps("calm", []);
    const deaths = Array.from({ length: 30 }, (_, index) => ({
      point: 1,
      moment: MOMENTS[index % 2] ?? "after",
    }));
    expect((await runSteps("unlucky", deaths)).children).toEqual(undisturbed.children);
  }, 60_000);

  /** One namespace through all steps; the controllers die one after the other, and the last lives. */
  async function runSteps(namespace: string, deaths: readonly Death[]) {
    await client.create(resources.namespaces, { metadata: { name: namespace } });
    const { apiVersion, kind, metadata, spec } = oldFunction();
    const name = { namespace, name: metadata.name };
    const waiting = [...deaths];
    let writes = 0;
    for (const step of [{}, ...STEPS]) {
      if (step !== undefined && Object.keys(step).length > 0)
        await client.patch(functions, name, { spec: step });
      else await client.create(functions, { apiVersion, kind, metadata: name, spec } as never);
      for (;;) {
        const mortal = createMortal(client, waiting[0]);
        const survived = await runController(namespace, mortal);
        writes += mortal.writes();
        if (survived) {
          const [next] = waiting;
          if (next !== undefined) waiting[0] = { ...next, point: next.point - mortal.writes() };
          break;
        }
        waiting.shift();
      }
    }
    expect(waiting.filter(({ point }) => point > 0 && deaths.length === 1)).toEqual([]);
    return { writes, children: await childrenOf(namespace) };
  }

  /** Whether it lived until there was nothing more to do. */
  async function runController(namespace: string, mortal: Mortal): Promise<boolean> {
    const manager = createProjectionManager({
      name: "function-controller",
      identity: "test",
      client: mortal.client,
      projections: [
        createFunctionProjection({
          config: { namespace, name: "kubeless-config" },
          readConfig: () => TEST_CONFIG,
        }),
      ],
      namespace,
    });
    await manager.start();
    const settled = (async () => {
      for (;;) {
        await manager.idle();
        const { metadata, status } = await client.get(functions, { namespace, name: "hello" });
        if (status?.observedGeneration === metadata.generation) return true;
      }
    })();
    const survived = await Promise.race([settled, mortal.died.then(() => false)]);
    await manager.stop();
    return survived;
  }

  async function childrenOf(namespace: string): Promise<unknown[]> {
    const select = { namespace, labelSelector: "created-by=kubeless" };
    const kinds = ["configMaps", "services", "deployments", "horizontalPodAutoscalers"] as const;
    const lists = await Promise.all(
      kinds.map(
        async (kind) => (await client.list<KubernetesObject>(resources[kind] as never, select)).items,
      ),
    );
    return lists.flat().map((child) => withoutTraces(child as never));
  }
});

const MOMENTS = ["before", "after"] as const;

interface Death {
  /** At which of its writes, from 1. */
  readonly point: number;
  /** The write is never sent, or sent and its answer not seen. */
  readonly moment: (typeof MOMENTS)[number];
}

interface Mortal {
  readonly client: ClusterClient;
  readonly died: Promise<void>;
  writes(): number;
}

/** A client for a controller that dies: from its last write on none gets through, and no answer comes back. */
function createMortal(original: ClusterClient, death: Death | undefined): Mortal {
  const died = Promise.withResolvers<void>();
  let writes = 0;
  let isDead = false;
  const die = (): Error => {
    isDead = true;
    died.resolve();
    return new Error("the controller is dead");
  };
  const mortal =
    <Given extends unknown[], Answer>(write: (...given: Given) => Promise<Answer>) =>
    async (...given: Given): Promise<Answer> => {
      if (isDead) throw die();
      writes += 1;
      if (death?.moment === "before" && writes === death.point) throw die();
      const answer = await write(...given);
      if (death?.moment === "after" && writes >= death.point) throw die();
      return answer;
    };
  const { create, replace, patch, apply } = original;
  return {
    died: died.promise,
    writes: () => writes,
    client: {
      ...original,
      create: (resource, object, options) =>
        resource.kind === "Event"
          ? create(resource, object, options)
          : mortal(create<typeof object>)(resource, object, options),
      replace: mortal(replace) as ClusterClient["replace"],
      patch: mortal(patch) as ClusterClient["patch"],
      apply: mortal(apply) as ClusterClient["apply"],
      delete: mortal(original.delete),
    },
  };
}

/** What of an object is its own and not its history's. */
function withoutTraces({ metadata, status: _, ...child }: KubernetesObject & { status?: unknown }): unknown {
  const { name, labels, annotations } = metadata ?? {};
  const text = JSON.stringify({ ...child, metadata: { name, labels, annotations } });
  return JSON.parse(text, (key, value) => (IN_A_NAMESPACE.has(key) ? undefined : value));
}

/** Differs with the namespace, and the owner's uid that goes into the hash. */
const IN_A_NAMESPACE: ReadonlySet<string> = new Set(["clusterIP", "clusterIPs", "kubeless.io/applied"]);
