import type { Clock, ClusterApi } from "../api/cluster-api.ts";
import { EventRecorder, timestamp } from "./events.ts";
import { namespaceOf, type Pod } from "./pod.ts";

/** Binds every pod that has no node to the only one there is, and says so as the scheduler does. Returns what ends it. */
export function startScheduler(
  api: ClusterApi,
  clock: Clock,
  nodeName: string,
  onFault: (error: unknown) => void,
): () => void {
  const recorder = new EventRecorder(api, clock, { component: "default-scheduler", host: "" });
  const bind = (pod: Pod) => {
    const bound = api.update<Pod>("pods", { ...pod, spec: { ...pod.spec, nodeName } });
    const scheduled = { type: "PodScheduled", status: "True", lastTransitionTime: timestamp(clock) };
    const others = (bound.status?.conditions ?? []).filter(({ type }) => type !== scheduled.type);
    api.updateStatus("pods", { ...bound, status: { ...bound.status, conditions: [...others, scheduled] } });
    const message = `Successfully assigned ${namespaceOf(pod)}/${pod.metadata.name} to ${nodeName}`;
    recorder.record({ object: bound }, "Normal", "Scheduled", message);
  };
  return api.watch<Pod>("pods", ({ type, object }) => {
    const pod =
      type === "DELETED" ? undefined : api.get<Pod>("pods", object.metadata.namespace, object.metadata.name);
    if (pod === undefined || pod.spec.nodeName !== undefined || pod.spec.schedulingGates?.length) return;
    if (pod.metadata.deletionTimestamp !== undefined) return;
    try {
      bind(pod);
    } catch (error) {
      onFault(error);
    }
  });
}
