import type { Reason } from "@kubeless/api-types";
import type { LiveChild, Outcome } from "@kubeless/controller-kit";
import { describe, expect, it } from "vitest";
import { oldFunction, TEST_CONFIG, type WrittenFunction } from "../fixtures/functions.ts";
import { planAutoscaler } from "../render/autoscaler.ts";
import { renderChildren } from "../render/children.ts";
import { type fault, isFault } from "../render/fault.ts";
import { planFunction } from "../render/plan.ts";
import { observeFunction } from "./observe.ts";
import type { Pod } from "./pod-problem.ts";

const NOW = Date.parse("2026-01-01T00:01:00Z");

describe("Ready", () => {
  it("is True when every pod runs the wanted revision and takes calls", () => {
    const status = observe({ pods: [readyPod()] });
    expect(conditions(status)).toEqual({
      Ready: "True Ready",
      Accepted: "True RuntimeNote",
      SourceReady: "True SourceReady",
      DependenciesInstalled: "True NoDependencies",
      Deployed: "True Deployed",
      Serving: "True Serving",
      Autoscaling: "True NoAutoscaler",
    });
    expect(status).toMatchObject({
      replicas: 1,
      readyReplicas: 1,
      selector: "created-by=kubeless,function=hello",
      address: "http://hello.default.svc:8080",
    });
    expect(status.servingRevision).toBe(status.revision);
  });

  it("is not True before the Deployment was seen by its controller", () => {
    const status = observe({ pods: [readyPod()], deployment: { observedGeneration: 0 } });
    expect(conditions(status).Ready).toMatch(/^Unknown/);
  });

  it("is not True while a pod of the old revision is still there, whatever the Deployment counts", () => {
    const status = observe({ pods: [readyPod(), readyPod({ revision: "0000000000" })] });
    expect(conditions(status).Ready).toBe("Unknown NotReady");
    expect(status.servingRevision).toBeUndefined();
  });

  it.each([
    [500, "Unknown RollingOut"],
    [2_000, "True Ready"],
  ])(
    "is, %i ms after the last old pod was told to go, %s: proxies may still send it new connections",
    (agoMs, ready) => {
      const leaving = readyPod({ revision: "0000000000", deletedAgoMs: agoMs });
      expect(conditions(observe({ pods: [readyPod(), leaving] })).Ready).toBe(ready);
    },
  );

  it("does not call the wanted revision an old one while some of its pods are starting", () => {
    const status = observe({ pods: [readyPod()], deployment: { availableReplicas: 0 } });
    expect(conditions(status).Ready).toBe("Unknown RollingOut");
    expect(message(status, "Ready")).toMatch(/^Revision \w+ serves; its rollout is not over yet\.$/);
  });

  it("is False with no pods asked for, and says how to get some", () => {
    const status = observe({
      written: { spec: { replicas: 0 } },
      pods: [],
      deployment: { replicas: 0, updatedReplicas: 0, availableReplicas: 0 },
    });
    expect(conditions(status).Ready).toBe("False ScaledToZero");
  });

  it("says that the old revision still serves while the new one cannot", () => {
    const broken = pod({ containers: [waiting("hello", "ImagePullBackOff", "not found")] });
    const status = observe({ pods: [broken, readyPod({ revision: "0000000000" })] });
    expect(conditions(status).Ready).toBe("False ImagePullFailed");
    expect(message(status, "Ready")).toMatch(/Revision 0000000000 still serves/);
  });
});

describe("what a pod's containers say becomes a reason with their last words", () => {
  const deps = { spec: { deps: "{}" } };
  it.each([
    [
      "SourceReady",
      "ChecksumMismatch",
      /the checksum is other/,
      pod({ init: [ended("prepare", 1, "ChecksumMismatch: the checksum is other. Correct it.")] }),
    ],
    [
      "SourceReady",
      "SourceFetchFailed",
      /answered 404/,
      pod({ init: [ended("prepare", 1, "DownloadFailed: http://x answered 404")] }),
    ],
    [
      "SourceReady",
      "UnpackFailed",
      /in place: cut off/,
      pod({ init: [ended("prepare", 1, "(node:1) Warning: a word of Node's\nDamagedArchive: cut off")] }),
    ],
    [
      "SourceReady",
      "UnpackFailed",
      /outside/,
      pod({ init: [ended("prepare", 1, "UnsafeArchive: leads outside")] }),
    ],
    [
      "SourceReady",
      "SourceFetchFailed",
      /TypeError/,
      pod({ init: [ended("prepare", 1, "ProvisionerFailed: TypeError")] }),
    ],
    [
      "DependenciesInstalled",
      "InstallFailed",
      /404 no-such-package/,
      pod({ init: [done("prepare"), ended("install", 1, "npm error 404 no-such-package")] }),
    ],
    [
      "DependenciesInstalled",
      "InstallFailed",
      /could not be installed: npm error 404/,
      pod({ init: [done("prepare"), ended("kubeless-install", 1, "npm error 404")] }),
    ],
    [
      "DependenciesInstalled",
      "InstallFailed",
      /^The function's dependencies: npm ci\nnpm error Missing: a$/,
      pod({
        init: [
          done("prepare"),
          ended(
            "install",
            1,
            "npm error   --audit\nINSTALL_FAILED: The function's dependencies: npm ci\nnpm error Missing: a",
          ),
        ],
      }),
    ],
    [
      "DependenciesInstalled",
      "OutOfMemory",
      /raise/,
      pod({ init: [done("prepare"), ended("install", 137, "", "OOMKilled")] }),
    ],
    [
      "Serving",
      "LoadFailed",
      /Correct the line/,
      pod({ containers: [crashed("hello", 1, "Error\nSYNTAX_INVALID: line 3. Correct the line.")] }),
    ],
    [
      "Serving",
      "Crashing",
      /exit code 3, 2 restarts.*boom/,
      pod({ containers: [crashed("hello", 3, "boom")] }),
    ],
    ["Serving", "Crashing", /nothing on its standard error/, pod({ containers: [crashed("hello", 3, "")] })],
    [
      "Serving",
      "OutOfMemory",
      /more memory than its limit/,
      pod({ containers: [crashed("hello", 137, "", "OOMKilled")] }),
    ],
    [
      "Serving",
      "ImagePullFailed",
      /registry\/x:1.*imagePullSecrets/,
      pod({ containers: [waiting("hello", "ErrImagePull", "denied")] }),
    ],
    [
      "Serving",
      "SecretNotFound",
      /secret "s" not found/,
      pod({ containers: [waiting("hello", "CreateContainerConfigError", 'secret "s" not found')] }),
    ],
    [
      "Serving",
      "Unschedulable",
      /0\/1 nodes/,
      pod({
        conditions: [
          { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes" },
        ],
      }),
    ],
  ] as const)("%s: %s", (type, reason, words, failing) => {
    const status = observe({
      written: deps,
      pods: [failing],
      deployment: { updatedReplicas: 1, availableReplicas: 0, readyReplicas: 0 },
    });
    expect(conditions(status)[type]).toBe(`False ${reason}`);
    expect(conditions(status).Ready).toBe(`False ${reason}`);
    expect(message(status, "Ready")).toMatch(words);
  });
});

describe("what keeps the children from being written", () => {
  it.each([
    ["NotOurs", "ConflictingObject"],
    ["TakeOverBlocked", "LegacyControllerRunning"],
    ["Forbidden", "ApplyFailed"],
  ])("%s is told as %s", (reason, told) => {
    const child = { apiVersion: "v1", kind: "Service", name: "hello" };
    const status = observe({
      pods: [],
      outcome: { writeFaults: [{ child, reason, message: "it is in the way" }] },
    });
    expect(conditions(status)).toMatchObject({ Ready: `False ${told}`, Deployed: `False ${told}` });
    expect(message(status, "Ready")).toBe("Service hello: it is in the way");
  });

  it("a Function that cannot be understood is not accepted, and what serves goes on", () => {
    const status = observe({
      written: { spec: { runtime: "cobol85" } },
      pods: [readyPod({ revision: "0000000000" })],
    });
    expect(conditions(status)).toMatchObject({
      Ready: "False UnknownRuntime",
      Accepted: "False UnknownRuntime",
    });
    expect(message(status, "Accepted")).toBe('Runtime "cobol85" is unknown; there is: nodejs14, go1.14.');
    expect(message(status, "Serving")).toMatch(/Revision 0000000000 still serves/);
  });

  it.each([
    ["before the Deployment has made another", { observedGeneration: 0 }, []],
    ["when the Deployment has not begun with it", { updatedReplicas: 0 }, []],
    ["beside one of the new template", {}, [pod({ template: "new", createdAt: "2026-01-01T00:00:30Z" })]],
  ])("a pod of a template that is no more wanted says nothing, %s", (_, deployment, others) => {
    const old = pod({ template: "old", containers: [waiting("hello", "ImagePullBackOff", "denied")] });
    const status = observe({ pods: [old, ...others], deployment: { availableReplicas: 0, ...deployment } });
    expect(conditions(status).Ready).toMatch(/^Unknown/);
  });

  it("a quota is told from the Deployment's own condition", () => {
    const refusal = { type: "ReplicaFailure", status: "True", message: "exceeded quota: pods" };
    const status = observe({
      pods: [],
      deployment: { availableReplicas: 0, updatedReplicas: 0, conditions: [refusal] },
    });
    expect(conditions(status).Ready).toBe("False QuotaExceeded");
    expect(message(status, "Ready")).toMatch(/exceeded quota: pods/);
  });
});

describe("a source at a URL", () => {
  const written = { spec: { function: "http://example.com/a.js", "function-content-type": "url" } };

  it("without checksum is said to be not pinned, with the digest that was fetched", () => {
    const report = JSON.stringify({ bytes: 1, sha256: "a".repeat(64) });
    const status = observe({ written, pods: [readyPod({ prepared: report })] });
    expect(conditions(status)).toMatchObject({ Ready: "True Ready", SourceReady: "True SourceNotPinned" });
    expect(status.sourceDigest).toBe(`sha256:${"a".repeat(64)}`);
  });

  it("with a checksum is pinned", () => {
    const pinned = { spec: { ...written.spec, checksum: `sha256:${"a".repeat(64)}` } };
    expect(conditions(observe({ written: pinned, pods: [readyPod()] })).SourceReady).toBe("True SourceReady");
  });
});

interface Situation {
  readonly written?: WrittenFunction;
  readonly pods: readonly ((revision: string) => Pod)[];
  readonly deployment?: Record<string, unknown>;
  readonly outcome?: Partial<Outcome<Reason>>;
}

function observe({ written = {}, pods, deployment = {}, outcome = {} }: Situation) {
  const planned = planFunction(oldFunction(written), TEST_CONFIG);
  const plan = isFault(planned) ? undefined : planned;
  return observeFunction({
    name: "hello",
    namespace: "default",
    plan,
    autoscaler: planAutoscaler(plan?.spec.horizontalPodAutoscaler),
    isWaitingForTurn: false,
    children: plan === undefined ? [] : childrenOf(plan, deployment),
    pods: pods.map((make) => make(plan?.revision ?? "")),
    outcome: { writeFaults: [], ...(isFault(planned) ? { fault: planned } : {}), ...outcome },
    now: NOW,
  });
}

function childrenOf(
  plan: Exclude<ReturnType<typeof planFunction>, ReturnType<typeof fault>>,
  deployment: object,
): LiveChild[] {
  const { objects } = renderChildren({
    plan,
    children: [],
    replicaSets: [],
    keepsDeployment: false,
    pods: [],
  });
  const counts = {
    observedGeneration: 1,
    replicas: 1,
    updatedReplicas: 1,
    availableReplicas: 1,
    readyReplicas: 1,
  };
  return objects.map(
    (object) =>
      ({
        ...object,
        metadata: { ...object.metadata, generation: 1 },
        status: { ...counts, ...deployment },
      }) as unknown as LiveChild,
  );
}

interface PodState {
  readonly revision?: string;
  readonly init?: readonly object[];
  readonly containers?: readonly object[];
  readonly conditions?: readonly object[];
  readonly deletedAgoMs?: number;
  readonly prepared?: string;
  readonly template?: string;
  readonly createdAt?: string;
}

function pod(state: PodState) {
  return (wanted: string): Pod =>
    ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: "hello-1",
        creationTimestamp: state.createdAt ?? "2026-01-01T00:00:00Z",
        labels: {
          "kubeless.io/revision": state.revision ?? wanted,
          "pod-template-hash": state.template ?? "1",
        },
        ownerReferences: [
          { apiVersion: "apps/v1", kind: "ReplicaSet", name: "hello", uid: "1", controller: true },
        ],
        ...(state.deletedAgoMs !== undefined && {
          deletionTimestamp: new Date(NOW - state.deletedAgoMs + 195_000).toISOString(),
          deletionGracePeriodSeconds: 195,
        }),
      },
      spec: { containers: [{ name: "hello", image: "registry/x:1" }] },
      status: {
        conditions: state.conditions ?? [],
        initContainerStatuses: state.init ?? [done("prepare", state.prepared)],
        containerStatuses: state.containers ?? [],
      },
    }) as unknown as Pod;
}

function readyPod(state: PodState = {}) {
  return pod({ conditions: [{ type: "Ready", status: "True" }], ...state });
}

function done(name: string, message = "{}") {
  return { name, state: { terminated: { exitCode: 0, message } }, restartCount: 0, ready: true };
}

function ended(name: string, exitCode: number, message: string, reason = "Error") {
  return {
    name,
    state: { waiting: { reason: "CrashLoopBackOff" } },
    lastState: { terminated: { exitCode, message, reason } },
    ready: false,
  };
}

function crashed(name: string, exitCode: number, message: string, reason = "Error") {
  return { ...ended(name, exitCode, message, reason), restartCount: 2 };
}

function waiting(name: string, reason: string, message: string) {
  return { name, state: { waiting: { reason, message } }, lastState: {}, ready: false };
}

type Status = ReturnType<typeof observeFunction>;

function conditions(status: Status): Record<string, string> {
  return Object.fromEntries(
    status.conditions.map(({ type, status: is, reason }) => [type, `${is} ${reason}`]),
  );
}

function message(status: Status, type: string): string {
  return status.conditions.find((condition) => condition.type === type)?.message ?? "";
}
