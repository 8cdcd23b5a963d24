import type { Clock, ClusterApi, KubeObject } from "../api/cluster-api.ts";
import { EventRecorder, timestamp } from "./events.ts";
import { namespaceOf, type Pod, type PodCondition } from "./pod.ts";

/**
 * Binds every pod that has no node, and whose node selector fits, to the only node there is unless that is cordoned; says
 * so, or why not, as the scheduler does. Returns what ends it.
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
  const refuse = (pod: Pod, message: string) => {
    const known = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
    if (known?.status === "False" && known.message === message) return;
    setCondition(pod, { status: "False", reason: "Unschedulable", message });
    recorder.record({ object: pod }, "Warning", "FailedScheduling", message);
  };
  const consider = ({ metadata }: Pod) => {
    const pod = api.get<Pod>("pods", metadata.namespace, metadata.name);
    if (pod === undefined || pod.spec.nodeName !== undefined || pod.spec.schedulingGates?.length) return;
    if (pod.metadata.deletionTimestamp !== undefined) return;
    try {
      const obstacle = obstacleTo(pod, api.get<Node>("nodes", undefined, nodeName));
      if (obstacle === undefined) bind(pod);
      else refuse(pod, obstacle);
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

type Node = KubeObject & { readonly spec?: { readonly unschedulable?: boolean } };

/** Why the pod cannot be on the node now. */
function obstacleTo(pod: Pod, node: Node | undefined): string | undefined {
  if (node?.spec?.unschedulable === true && !toleratesCordon(pod))
    return "0/1 nodes are available: 1 node(s) were unschedulable.";
  const labels = node?.metadata.labels ?? {};
  const fits = Object.entries(pod.spec.nodeSelector ?? {}).every(([name, value]) => labels[name] === value);
  return fits ? undefined : "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
}

const cordon = "node.kubernetes.io/unschedulable";

function toleratesCordon({ spec }: Pod): boolean {
  return (spec.tolerations ?? []).some(
    ({ key, operator }) => (key === cordon || key === undefined) && operator === "Exists",
  );
}
