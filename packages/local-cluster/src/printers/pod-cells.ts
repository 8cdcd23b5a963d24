import { ago, none } from "./words.ts";

interface State {
  waiting?: { reason?: string };
  running?: { startedAt?: string };
  terminated?: { reason?: string; signal?: number; exitCode: number; finishedAt?: string };
}

interface ContainerStatus {
  name: string;
  ready: boolean;
  started?: boolean;
  restartCount: number;
  state?: State;
  lastState?: State;
}

interface PrintedPod {
  metadata: { name: string; creationTimestamp: string; deletionTimestamp?: string };
  spec: {
    nodeName?: string;
    containers: { name: string }[];
    initContainers?: { name: string; restartPolicy?: string }[];
    readinessGates?: { conditionType: string }[];
  };
  status?: {
    phase?: string;
    reason?: string;
    podIP?: string;
    podIPs?: { ip: string }[];
    nominatedNodeName?: string;
    conditions?: { type: string; status: string; reason?: string }[];
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
}

/** A pod's row, as printPod of Kubernetes decides its words. */
export function podCells(pod: PrintedPod, now: number): unknown[] {
  const { spec, status = {} } = pod;
  const sidecars = new Set(
    (spec.initContainers ?? []).filter((one) => one.restartPolicy === "Always").map((one) => one.name),
  );
  const containers = status.containerStatuses ?? [];
  const running = (status.initContainerStatuses ?? []).filter((one) => sidecars.has(one.name));
  const ready = [...containers, ...running].filter(
    (one) => one.ready && one.state?.running !== undefined,
  ).length;
  return [
    pod.metadata.name,
    `${ready}/${spec.containers.length + sidecars.size}`,
    reasonOf(pod, sidecars),
    restartsText(
      [...containers, ...running, ...(isInitialising(pod) ? (status.initContainerStatuses ?? []) : [])],
      now,
    ),
    ago(pod.metadata.creationTimestamp, now),
    status.podIPs?.[0]?.ip ?? status.podIP ?? none,
    spec.nodeName || none,
    status.nominatedNodeName || none,
    gatesText(pod),
  ];
}

function reasonOf(pod: PrintedPod, sidecars: ReadonlySet<string>): string {
  const { status = {}, spec } = pod;
  const initial = status.reason || status.phase || "Unknown";
  const gated = status.conditions?.find(
    ({ type, reason }) => type === "PodScheduled" && reason === "SchedulingGated",
  );
  const initialising = initReason(pod, sidecars);
  let reason = initialising ?? (gated === undefined ? initial : "SchedulingGated");
  if (initialising === undefined) reason = containerReason(status.containerStatuses ?? [], reason, pod);
  if (pod.metadata.deletionTimestamp === undefined) return reason;
  if (status.reason === "NodeLost") return "Unknown";
  return status.phase === "Failed" || status.phase === "Succeeded" || spec.containers.length === 0
    ? reason
    : "Terminating";
}

function initReason(pod: PrintedPod, sidecars: ReadonlySet<string>): string | undefined {
  const total = pod.spec.initContainers?.length ?? 0;
  const statuses = pod.status?.initContainerStatuses ?? [];
  for (const [index, one] of statuses.entries()) {
    const { state = {} } = one;
    if (state.terminated?.exitCode === 0) continue;
    if (sidecars.has(one.name) && one.started === true) continue;
    if (state.terminated !== undefined) return `Init:${exitReason(state.terminated)}`;
    const waiting = state.waiting?.reason;
    if (waiting !== undefined && waiting !== "" && waiting !== "PodInitializing") return `Init:${waiting}`;
    return `Init:${index}/${total}`;
  }
  return undefined;
}

function isInitialising(pod: PrintedPod): boolean {
  return initReason(pod, new Set()) !== undefined;
}

function containerReason(statuses: readonly ContainerStatus[], initial: string, pod: PrintedPod): string {
  let reason = initial;
  let hasRunning = false;
  for (const { state = {}, ready } of [...statuses].reverse()) {
    if (state.waiting?.reason) reason = state.waiting.reason;
    else if (state.terminated !== undefined) reason = exitReason(state.terminated);
    else if (ready && state.running !== undefined) hasRunning = true;
  }
  if (reason !== "Completed" || !hasRunning) return reason;
  const isReady = pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
  return isReady === true ? "Running" : "NotReady";
}

function exitReason({ reason, signal, exitCode }: NonNullable<State["terminated"]>): string {
  if (reason) return reason;
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

function restartsText(statuses: readonly ContainerStatus[], now: number): string {
  const count = statuses.reduce((sum, one) => sum + (one.restartCount ?? 0), 0);
  const ends = statuses.flatMap(({ lastState }) => lastState?.terminated?.finishedAt ?? []).sort();
  const last = ends.at(-1);
  return count > 0 && last !== undefined ? `${count} (${ago(last, now)} ago)` : String(count);
}

function gatesText(pod: PrintedPod): string {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return none;
  const met = gates.filter(({ conditionType }) =>
    pod.status?.conditions?.some(({ type, status }) => type === conditionType && status === "True"),
  );
  return `${met.length}/${gates.length}`;
}
