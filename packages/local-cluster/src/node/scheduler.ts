import type { Clock, ClusterApi, KubeObject } from "../api/cluster-api.ts";
import { EventRecorder, timestamp } from "./events.ts";
import { namespaceOf, type Pod, type PodCondition } from "./pod.ts";

/**
 * Binds every pod that has no node, and whose node selector fits, to the only node there is; says so, or why not, as the
 * scheduler does. Returns what ends it.
 */
export function startScheduler(
  api: ClusterApi,
  clock: Clock,
  nodeName: string,
  onFault: (error: unknown) => void,
): () => void {
  const recorder = new EventRecorder(api, clock, { component: "default-scheduler", host: "" });
  const setCondition = (pod: Pod, told: Partial<PodCondition>) => {
    const scheduled = { ...told, type: "PodScheduled", lastTransitionTime: timestamp(clock) } as PodCondition;
    const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== scheduled.type);
    api.updateStatus("pods", { ...pod, status: { ...pod.status, conditions: [...others, scheduled] } });
  };
  const bind = (pod: Pod) => {
    const bound = api.update<Pod>("pods", { ...pod, spec: { ...pod.spec, nodeName } });
    setCondition(bound, { status: "True" });
    const message = `Successfully assigned ${namespaceOf(pod)}/${pod.metadata.name} to ${nodeName}`;
    recorder.record({ object: bound }, "Normal", "Scheduled", message);
  };
  const refuse = (pod: Pod) => {
    if (pod.status?.conditions?.some(({ type, status }) => type === "PodScheduled" && status === "False"))
      return;
    setCondition(pod, { status: "False", reason: "Unschedulable", message: doesNotFit });
    recorder.record({ object: pod }, "Warning", "FailedScheduling", doesNotFit);
  };
  const consider = ({ metadata }: Pod) => {
    const pod = api.get<Pod>("pods", metadata.namespace, metadata.name);
    if (pod === undefined || pod.spec.nodeName !== undefined || pod.spec.schedulingGates?.length) return;
    if (pod.metadata.deletionTimestamp !== undefined) return;
    try {
      if (fits(pod, api.get("nodes", undefined, nodeName))) bind(pod);
      else refuse(pod);
    } catch (error) {
      onFault(error);
    }
  };
  const ends = [
    api.watch<Pod>("pods", ({ type, object }) => type !== "DELETED" && consider(object)),
    api.watch("nodes", () => api.list<Pod>("pods").forEach(consider)),
  ];
  return () => {
    for (const end of ends) end();
  };
}

const doesNotFit = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";

function fits({ spec }: Pod, node: KubeObject | undefined): boolean {
  const labels = node?.metadata.labels ?? {};
  return Object.entries(spec.nodeSelector ?? {}).every(([name, value]) => labels[name] === value);
}
