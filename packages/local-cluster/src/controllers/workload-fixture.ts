import type { ClusterApi, KubeObject } from "../api/cluster-api.ts";
import { timestamp } from "../node/events.ts";
import type { Pod } from "../node/pod.ts";
import { startTestControllers, type TestClock } from "./controller-fixture.ts";
import { type Deployment, deployments } from "./deployment/deployment.ts";
import { startDeploymentController } from "./deployment/deployment-controller.ts";
import { type ReplicaSet, replicaSets } from "./replicaset/replicaset.ts";
import { startReplicaSetController } from "./replicaset/replicaset-controller.ts";

interface RecordedEvent extends KubeObject {
  readonly involvedObject: { readonly name: string };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** Deployments and replica sets at work, over pods that a test plays the node of. */
export interface TestWorkloads {
  readonly api: ClusterApi;
  readonly clock: TestClock;
  readonly faults: readonly unknown[];
  settled(): Promise<void>;
  deployment(): Deployment;
  /** The deployment as it is, with these fields of its spec in it. */
  change(spec: object): Promise<void>;
  /** By revision; a replica set without one is 0. */
  sets(): ReplicaSet[];
  set(name: string): ReplicaSet;
  /** Those that are not on their way out, by name. */
  pods(): Pod[];
  /** Binds the pods and makes them ready, now. */
  makeReady(pods: readonly Pod[]): Promise<void>;
  /** Makes every pod ready that comes, until nothing changes. */
  runAll(): Promise<void>;
  setStatus(pod: Pod, status: object): void;
  events(name: string): { type: string; reason: string; message: string }[];
}

export async function startTestWorkloads(options: { mayFault?: boolean } = {}): Promise<TestWorkloads> {
  const started = await startTestControllers([startReplicaSetController, startDeploymentController], options);
  const { api, clock, settled } = started;
  const pods = () => api.list<Pod>("pods").filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const setStatus = (pod: Pod, status: object) => {
    const latest = api.get<Pod>("pods", "default", pod.metadata.name);
    if (latest !== undefined)
      api.updateStatus("pods", { ...latest, status: { ...latest.status, ...status } });
  };
  const makeReady = async (some: readonly Pod[]) => {
    for (const pod of some) {
      const spec = { ...pod.spec, nodeName: "local" };
      if (pod.spec.nodeName === undefined) api.update("pods", { ...pod, spec });
      const ready = { type: "Ready", status: "True", lastTransitionTime: timestamp(clock) };
      setStatus(pod, { phase: "Running", conditions: [ready] });
    }
    await settled();
  };
  const deployment = () => {
    const found = api.get<Deployment>(deployments, "default", "web");
    if (found === undefined) throw new Error("there is no deployment web");
    return found;
  };
  return {
    ...started,
    pods,
    setStatus,
    makeReady,
    deployment,
    async change(spec) {
      const now = deployment();
      api.update(deployments, { ...now, spec: { ...now.spec, ...spec } });
      await settled();
    },
    sets: () => api.list<ReplicaSet>(replicaSets).toSorted((a, b) => revision(a) - revision(b)),
    set(name) {
      const found = api.get<ReplicaSet>(replicaSets, "default", name);
      if (found === undefined) throw new Error(`there is no replica set ${name}`);
      return found;
    },
    async runAll() {
      for (let waiting = pods().filter(isWaiting); waiting.length > 0; waiting = pods().filter(isWaiting)) {
        await makeReady(waiting);
        endLeaving(api);
        await settled();
      }
    },
    events: (name) =>
      api
        .list<RecordedEvent>("events")
        .filter(({ involvedObject }) => involvedObject.name === name)
        .map(({ type, reason, message }) => ({ type, reason, message })),
  };
}

/** Ends the pods that are on their way out, as a node does once their containers have stopped. */
export function endLeaving(api: ClusterApi): void {
  for (const { metadata } of api.list<Pod>("pods")) {
    if (metadata.deletionTimestamp === undefined) continue;
    api.delete("pods", metadata.namespace, metadata.name, { gracePeriodSeconds: 0 });
  }
}

export function renderTemplate(version: string): object {
  return {
    metadata: { labels: { app: "web" }, annotations: { version } },
    spec: { containers: [{ name: "main", image: "node" }] },
  };
}

/** The deployment `web`, or a replica set by the kind's name, of pods of version 1. */
export function renderWorkload(kind: "Deployment" | "ReplicaSet", spec: object = {}, metadata = {}): object {
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name: "web", namespace: "default", ...metadata },
    spec: { selector: { matchLabels: { app: "web" } }, template: renderTemplate("1"), ...spec },
  };
}

function isWaiting({ status }: Pod): boolean {
  return status?.phase !== "Running";
}

function revision({ metadata }: ReplicaSet): number {
  return Number(metadata.annotations?.["deployment.kubernetes.io/revision"] ?? 0);
}
