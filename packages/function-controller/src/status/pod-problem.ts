import type { ConditionType, Reason } from "@kubeless/api-types";
import type { Live, Wire } from "@kubeless/controller-kit";
import type { V1ContainerStateTerminated, V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import { type Phase, phaseOf } from "../render/phases.ts";

export type Pod = Live<Wire<V1Pod>>;
type ContainerStatus = Wire<V1ContainerStatus>;
type Terminated = Wire<V1ContainerStateTerminated>;

/** Why a pod does not serve, and the condition of the Function that it belongs to. */
export interface PodProblem {
  readonly condition: Extract<ConditionType<"Function">, "SourceReady" | "DependenciesInstalled" | "Serving">;
  readonly reason: Reason;
  /** What happened, with the container's last words, and what to do. */
  readonly message: string;
}

/** The first thing that keeps one of the pods from serving, in the order in which a pod starts. */
export function findPodProblem(pods: readonly Pod[]): PodProblem | undefined {
  for (const pod of pods) {
    const problem = findProblem(pod);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function findProblem(pod: Pod): PodProblem | undefined {
  const { conditions = [], initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const scheduled = conditions.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False" && scheduled.reason === "Unschedulable") {
    return serving("Unschedulable", `No node can take the pod: ${scheduled.message ?? "no reason is given"}`);
  }
  for (const status of initContainerStatuses) {
    const problem = findStartProblem(pod, status) ?? findPhaseFailure(pod, status);
    if (problem !== undefined) return problem;
  }
  for (const status of containerStatuses) {
    const problem = findStartProblem(pod, status) ?? findCrash(pod, status);
    if (problem !== undefined) return problem;
  }
  return findMountProblem(pod);
}

const PULL_REASONS: ReadonlySet<string> = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "RegistryUnavailable",
  "ImageInspectError",
]);
const START_REASONS: ReadonlySet<string> = new Set([
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
]);

/** The container could not even be started: its image, or something that its settings name. */
function findStartProblem(pod: Pod, status: ContainerStatus): PodProblem | undefined {
  const { reason = "", message = reason } = status.state?.waiting ?? {};
  if (PULL_REASONS.has(reason)) {
    const image = imageOf(pod, status.name);
    return serving(
      "ImagePullFailed",
      `The image ${image} of container ${status.name} cannot be pulled; check its name, its registry and imagePullSecrets: ${message}`,
    );
  }
  if (!START_REASONS.has(reason)) return undefined;
  const missing = /^(secret|configmap) "[^"]+" not found|couldn't find key/.test(message);
  return serving(
    missing ? "SecretNotFound" : "Crashing",
    `Container ${status.name} cannot be started: ${message}`,
  );
}

/** What each failing phase says about the function. */
const FAILURES: Readonly<
  Record<Phase, Pick<PodProblem, "condition" | "reason"> & { readonly what: string }>
> = {
  prepare: {
    condition: "SourceReady",
    reason: "SourceFetchFailed",
    what: "The source could not be put in place",
  },
  install: {
    condition: "DependenciesInstalled",
    reason: "InstallFailed",
    what: "The dependencies could not be installed",
  },
  compile: {
    condition: "DependenciesInstalled",
    reason: "CompileFailed",
    what: "The function could not be compiled",
  },
};

/** The last words of ours begin with what went wrong; what Node or npm had to say may stand before them. */
const LAST_WORDS = /^([A-Z]\w+): ([\s\S]*)$/m;

const PROVISION_REASONS: Readonly<Record<string, Reason>> = {
  ChecksumMismatch: "ChecksumMismatch",
  DownloadFailed: "SourceFetchFailed",
  InvalidEncoding: "UnpackFailed",
  SourceTooLarge: "UnpackFailed",
  UnsupportedArchive: "UnpackFailed",
  DamagedArchive: "UnpackFailed",
  UnsafeArchive: "UnpackFailed",
  VolumeUnwritable: "UnpackFailed",
};

function findPhaseFailure(pod: Pod, status: ContainerStatus): PodProblem | undefined {
  const end = lastFailure(status);
  if (end === undefined) return undefined;
  const phase = phaseOf(status.name, containerNames(pod));
  const { condition, reason, what } = (phase && FAILURES[phase]) ?? {
    condition: "Serving" as const,
    reason: "Crashing" as const,
    what: `Init container ${status.name} failed`,
  };
  if (end.reason === "OOMKilled")
    return { condition, reason: "OutOfMemory", message: outOfMemory(status.name) };
  const [, code = "", words = lastWords(end)] = LAST_WORDS.exec(lastWords(end)) ?? [];
  const known = phase === "prepare" ? PROVISION_REASONS[code] : undefined;
  if (code === "INSTALL_FAILED") return { condition, reason, message: words };
  return { condition, reason: known ?? reason, message: `${what}: ${known ? words : lastWords(end)}` };
}

function findCrash(pod: Pod, status: ContainerStatus): PodProblem | undefined {
  const end = status.ready ? undefined : lastFailure(status);
  if (end === undefined) return undefined;
  if (end.reason === "OOMKilled") return serving("OutOfMemory", outOfMemory(status.name));
  const words = lastWords(end);
  const loadFailure = LOAD_FAILURE.exec(words)?.[1];
  if (loadFailure !== undefined) return serving("LoadFailed", loadFailure);
  const times = status.restartCount > 0 ? `, ${status.restartCount} restarts` : "";
  return serving(
    "Crashing",
    `Container ${status.name} of pod ${pod.metadata.name} ended (exit code ${end.exitCode}${times}): ${words}`,
  );
}

/** A line of our runtimes' last words: the function itself could not be loaded, and they say why and what to do. */
const LOAD_FAILURE =
  /^(?:FILE_NOT_FOUND|DEPENDENCY_NOT_FOUND|SYNTAX_INVALID|LOAD_FAILED|LOAD_TIMED_OUT|EXPORT_NOT_FOUND|INIT_FAILED): (.*)$/m;

/** A pod that waits for a volume says so only in its events; what it waits for can be guessed from what it mounts. */
function findMountProblem(pod: Pod): PodProblem | undefined {
  const waiting = pod.status?.conditions?.find(({ type }) => type === "PodReadyToStartContainers");
  if (waiting?.status !== "False" || pod.status?.phase !== "Pending") return undefined;
  const names = (pod.spec?.volumes ?? []).flatMap(({ secret, configMap, persistentVolumeClaim }) => [
    ...(secret?.secretName ? [`Secret ${secret.secretName}`] : []),
    ...(configMap?.name ? [`ConfigMap ${configMap.name}`] : []),
    ...(persistentVolumeClaim ? [`PersistentVolumeClaim ${persistentVolumeClaim.claimName}`] : []),
  ]);
  return serving(
    "NotReady",
    `Pod ${pod.metadata.name} waits for its network or its volumes; check that these exist: ${names.join(", ")}.`,
  );
}

/** The status of the init container of a phase, once the pod has one. */
export function findPhase(pod: Pod, phase: Phase): ContainerStatus | undefined {
  const names = containerNames(pod);
  return pod.status?.initContainerStatuses?.find(({ name }) => phaseOf(name, names) === phase);
}

function containerNames({ status }: Pod): string[] {
  const { initContainerStatuses = [], containerStatuses = [] } = status ?? {};
  return [...initContainerStatuses, ...containerStatuses].map(({ name }) => name);
}

/** How the container last ended, when it did not end well and has not recovered since. */
function lastFailure({ state, lastState }: ContainerStatus): Terminated | undefined {
  const end = state?.terminated ?? lastState?.terminated;
  return end !== undefined && end.exitCode !== 0 ? end : undefined;
}

function lastWords(end: Terminated): string {
  const words = (end.message ?? "").trim();
  if (words !== "") return words.length > 2000 ? `…${words.slice(-2000)}` : words;
  const how = end.signal ? `signal ${end.signal}` : `exit code ${end.exitCode}`;
  return `${how}, and nothing on its standard error.`;
}

function outOfMemory(container: string): string {
  return `Container ${container} used more memory than its limit; raise the function's memory or use less.`;
}

function imageOf(pod: Pod, container: string): string {
  const all = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  return all.find(({ name }) => name === container)?.image ?? "";
}

function serving(reason: Reason, message: string): PodProblem {
  return { condition: "Serving", reason, message };
}
