import type { ContainerState } from "./container-state.ts";
import {
  allContainers,
  type Container,
  type ContainerStatus,
  isSidecar,
  type Pod,
  type PodCondition,
  type PodStatus,
  qosClass,
} from "./pod.ts";

export interface PodFacts {
  readonly pod: Pod;
  readonly states: ReadonlyMap<string, ContainerState>;
  /** Volumes are there and ports are known: containers may start. */
  readonly isPrepared: boolean;
  readonly startTime: string;
  readonly hostIP: string;
  /** Set when the node ends the pod itself (deadline, lost). */
  readonly verdict?: { readonly reason: string; readonly message: string };
  /** Every process is gone and none will start. */
  readonly isFinished: boolean;
  /** Now, as `metav1.Time`. */
  readonly now: string;
}

/**
 * The status as the kubelet computes it: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/. Conditions
 * keep their transition times, those of others (readiness gates) are kept as they are.
 */
export function renderPodStatus(facts: PodFacts): PodStatus {
  const { pod, hostIP } = facts;
  const phase = podPhase(facts);
  const init = pod.spec.initContainers ?? [];
  const { generation } = pod.metadata;
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    ...(facts.verdict ?? {}),
    conditions: mergeConditions(facts, conditionsOf(facts, phase)),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(facts.isPrepared ? { podIP: hostIP, podIPs: [{ ip: hostIP }] } : {}),
    startTime: facts.startTime,
    ...(init.length === 0 ? {} : { initContainerStatuses: init.map((it) => containerStatus(facts, it)) }),
    containerStatuses: pod.spec.containers.map((it) => containerStatus(facts, it)),
    qosClass: qosClass(pod.spec),
  };
}

function podPhase(facts: PodFacts): string {
  const { pod, verdict } = facts;
  if (verdict !== undefined && facts.isFinished) return "Failed";
  const { restartPolicy = "Always" } = pod.spec;
  const init = (pod.spec.initContainers ?? []).filter((it) => !isSidecar(it)).map((it) => stateOf(facts, it));
  const main = pod.spec.containers.map((it) => stateOf(facts, it));
  if (restartPolicy === "Never" && init.some(hasFailed)) return facts.isFinished ? "Failed" : "Pending";
  if (!isInitialized(facts) && !main.some(hasRun)) return "Pending";
  if (main.some((it) => !hasRun(it))) return "Pending";
  if (main.some((it) => it.state.terminated === undefined)) return "Running";
  if (!facts.isFinished) return "Running";
  return main.some(hasFailed) ? "Failed" : "Succeeded";
}

type Draft = Pick<PodCondition, "type" | "status"> & { reason?: string; message?: string };

function conditionsOf(facts: PodFacts, phase: string): Draft[] {
  const { pod } = facts;
  const isOver = phase === "Succeeded" || phase === "Failed";
  const over: Draft | undefined = isOver
    ? { type: "", status: "False", reason: phase === "Succeeded" ? "PodCompleted" : "PodFailed" }
    : undefined;
  const containersReady = over ?? readiness(facts);
  const gated = containersReady.status === "True" ? readinessGates(pod) : undefined;
  return [
    { type: "PodReadyToStartContainers", status: toStatus(facts.isPrepared && !isOver) },
    initialized(facts, phase),
    { ...(gated ?? containersReady), type: "Ready" },
    { ...containersReady, type: "ContainersReady" },
    { type: "PodScheduled", status: "True" },
  ];
}

function initialized(facts: PodFacts, phase: string): Draft {
  if (phase === "Succeeded") return { type: "Initialized", status: "True", reason: "PodCompleted" };
  const incomplete = (facts.pod.spec.initContainers ?? []).filter((it) => !isInitDone(facts, it));
  if (incomplete.length === 0) return { type: "Initialized", status: "True" };
  const message = `containers with incomplete status: [${incomplete.map(({ name }) => name).join(" ")}]`;
  return { type: "Initialized", status: "False", reason: "ContainersNotInitialized", message };
}

function readiness(facts: PodFacts): Draft {
  const unready = allContainers(facts.pod.spec).filter((it) => {
    const isOneOff = facts.pod.spec.initContainers?.includes(it) && !isSidecar(it);
    return !isOneOff && !stateOf(facts, it).ready;
  });
  if (unready.length === 0) return { type: "", status: "True" };
  const message = `containers with unready status: [${unready.map(({ name }) => name).join(" ")}]`;
  return { type: "", status: "False", reason: "ContainersNotReady", message };
}

function readinessGates(pod: Pod): Draft | undefined {
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const condition = pod.status?.conditions?.find(({ type }) => type === conditionType);
    const quoted = JSON.stringify(conditionType);
    if (condition?.status === "True") continue;
    const message = condition
      ? `the status of pod readiness gate ${quoted} is not "True", but ${condition.status}`
      : `corresponding condition of pod readiness gate ${quoted} does not exist.`;
    return { type: "", status: "False", reason: "ReadinessGatesNotReady", message };
  }
  return undefined;
}

function mergeConditions(facts: PodFacts, drafts: readonly Draft[]): PodCondition[] {
  const old = facts.pod.status?.conditions ?? [];
  const { generation } = facts.pod.metadata;
  const own = drafts.map((draft) => {
    const previous = old.find(({ type }) => type === draft.type);
    const lastTransitionTime = previous?.status === draft.status ? previous.lastTransitionTime : facts.now;
    return {
      ...draft,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }),
    };
  });
  return [...old.filter(({ type }) => !drafts.some((draft) => draft.type === type)), ...own];
}

function containerStatus(facts: PodFacts, container: Container): ContainerStatus {
  const { state, lastState, restartCount, started, ready, containerID } = stateOf(facts, container);
  const mounts = (container.volumeMounts ?? []).map(({ mountPath, name, readOnly }) =>
    readOnly ? { mountPath, name, readOnly, recursiveReadOnly: "Disabled" } : { mountPath, name },
  );
  return {
    ...(containerID === undefined ? {} : { containerID }),
    image: container.image ?? "",
    imageID: containerID === undefined ? "" : (container.image ?? ""),
    lastState,
    name: container.name,
    ready,
    restartCount,
    started,
    state,
    ...(containerID === undefined || container.resources === undefined
      ? {}
      : { resources: container.resources }),
    ...(mounts.length === 0 ? {} : { volumeMounts: mounts }),
  };
}

function stateOf({ states }: PodFacts, { name }: Container): ContainerState {
  const state = states.get(name);
  if (state === undefined) throw new Error(`no state for container ${name}`);
  return state;
}

function isInitialized(facts: PodFacts): boolean {
  return (facts.pod.spec.initContainers ?? []).every((it) => isInitDone(facts, it));
}

/** A sidecar that ends later does not undo what has begun after it. */
function isInitDone(facts: PodFacts, container: Container): boolean {
  const { state, started } = stateOf(facts, container);
  if (!isSidecar(container)) return state.terminated?.exitCode === 0;
  return started || facts.pod.spec.containers.some((it) => hasRun(stateOf(facts, it)));
}

function hasRun({ state, lastState }: ContainerState): boolean {
  return state.waiting === undefined || lastState.terminated !== undefined;
}

function hasFailed({ state }: ContainerState): boolean {
  return state.terminated !== undefined && state.terminated.exitCode !== 0;
}

function toStatus(value: boolean): "True" | "False" {
  return value ? "True" : "False";
}
