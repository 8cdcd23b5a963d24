import type { LiveChild, Wire } from "@kubeless/controller-kit";
import type { V1Deployment, V1Service } from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";
import { oldFunction, TEST_CONFIG, type WrittenFunction } from "../fixtures/functions.ts";
import type { Pod } from "../status/pod-problem.ts";
import { renderChildren } from "./children.ts";
import { isFault } from "./fault.ts";
import { planFunction } from "./plan.ts";

const GENERIC = { "created-by": "kubeless", function: "hello" };
const REVISION = "kubeless.io/revision";

describe("while pods of Kubeless 1.0.x take calls", () => {
  it("all new ones come up beside them, which stay for some seconds more", () => {
    const { deployment, selector } = render({ pods: [old(), old(), fresh()], replicas: 2 });
    expect(deployment).toMatchObject({
      minReadySeconds: 10,
      strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: "100%" } },
    });
    expect(selector).toEqual(GENERIC);
  });

  it("calls go past them as soon as the new ones are ready", () => {
    const { selector, revision } = render({ pods: [old(), fresh(), fresh()], replicas: 2 });
    expect(selector).toEqual({ ...GENERIC, [REVISION]: revision });
  });

  it("calls come back to them when a new one is not ready any more, or another revision is asked for", () => {
    const unready = fresh({ isReady: false });
    expect(render({ pods: [old(), fresh(), unready], replicas: 2 }).selector).toEqual(GENERIC);
    expect(render({ pods: [old(), fresh({ revision: "0123456789" })] }).selector).toEqual(GENERIC);
  });

  it("what the function says of its rollout and whom its Service selects holds", () => {
    const written = {
      spec: {
        service: { ports: [{ port: 8080 }], selector: { app: "mine" } },
        deployment: { spec: { strategy: { type: "Recreate" }, minReadySeconds: 30 } },
      },
    };
    const { deployment, selector } = render({ pods: [old(), fresh()], written });
    expect(deployment).toMatchObject({ minReadySeconds: 30, strategy: { type: "Recreate" } });
    expect(selector).toEqual({ app: "mine" });
  });
});

it.each([
  ["there never was one", [fresh()]],
  ["the last one was told to end", [old({ isEnding: true }), fresh()]],
  ["only one is left that was evicted", [old({ phase: "Failed" }), fresh()]],
])("nothing reminds of pods of Kubeless 1.0.x when %s", (_, pods) => {
  const { deployment, selector } = render({ pods });
  expect(deployment).not.toHaveProperty("minReadySeconds");
  expect(deployment?.strategy).toEqual({ type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0 } });
  expect(selector).toEqual(GENERIC);
});

interface Situation {
  readonly pods: readonly ((revision: string) => Pod)[];
  /** Of the Deployment that is there. */
  readonly replicas?: number;
  readonly written?: WrittenFunction;
}

function render({ pods, replicas = 1, written = {} }: Situation) {
  const spec = { ...written.spec, replicas };
  const plan = planFunction(oldFunction({ ...written, spec }), TEST_CONFIG);
  if (isFault(plan)) throw new Error(plan.message);
  const { objects } = renderChildren({
    plan,
    children: [] as LiveChild[],
    replicaSets: [],
    keepsDeployment: false,
    pods: pods.map((make) => make(plan.revision)),
  });
  const specOf = (kind: string) =>
    (objects.find((object) => object.kind === kind) as { spec?: unknown } | undefined)?.spec;
  return {
    revision: plan.revision,
    deployment: specOf("Deployment") as Wire<V1Deployment>["spec"],
    selector: (specOf("Service") as Wire<V1Service>["spec"])?.selector,
  };
}

interface PodState {
  readonly revision?: string;
  readonly isReady?: boolean;
  readonly isEnding?: boolean;
  readonly phase?: string;
}

/** A pod of ours. */
function fresh(state: PodState = {}): (revision: string) => Pod {
  return (revision) => toPod(state, { [REVISION]: state.revision ?? revision });
}

/** A pod of Kubeless 1.0.x, which knew no revisions. */
function old(state: PodState = {}): () => Pod {
  return () => toPod(state, {});
}

function toPod({ isReady = true, isEnding = false, phase = "Running" }: PodState, labels: object): Pod {
  return {
    metadata: {
      labels,
      ownerReferences: [{ kind: "ReplicaSet" }],
      ...(isEnding && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    },
    status: { phase, conditions: [{ type: "Ready", status: isReady ? "True" : "False" }] },
  } as unknown as Pod;
}
