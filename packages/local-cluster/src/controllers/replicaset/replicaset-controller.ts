import type { ClusterApi } from "../../api/cluster-api.ts";
import { hasReason } from "../../errors.ts";
import { EventRecorder } from "../../node/events.ts";
import { namespaceOf, type Pod } from "../../node/pod.ts";
import { labelMatcher } from "../../store/selectors.ts";
import { claim } from "../claim.ts";
import type { ControllerContext, StartController } from "../context.ts";
import { type Reconciled, startLoop } from "../loop.ts";
import { isNamespaceGoing } from "../namespace-going.ts";
import { controllerOf, keyOf, splitKey, toOwner } from "../owners.ts";
import { inDeleteOrder } from "./delete-order.ts";
import { isActive } from "./pod-state.ts";
import { type ReplicaSet, replicaSets, sizeOf } from "./replicaset.ts";
import { type ReplicaFailure, renderStatus, untilNextAvailable } from "./replicaset-status.ts";

/** As many as one look creates or deletes at most. */
const burst = 500;

/** Replica sets: keeps as many pods of a template as wanted. */
export const startReplicaSetController: StartController = (context) => {
  const { api, clock, onFault } = context;
  const controller = new ReplicaSetController(context);
  return startLoop({ clock, onFault, reconcile: (key) => controller.reconcile(key) }, (loop) => [
    api.watch<ReplicaSet>(replicaSets, ({ object }) => loop.enqueue(keyOf(object))),
    api.watch<Pod>("pods", ({ object, previous }) => {
      for (const pod of previous === undefined ? [object] : [object, previous]) {
        for (const key of setsConcernedBy(api, pod)) loop.enqueue(key);
      }
    }),
  ]);
};

/** The replica set that controls the pod, or those that may adopt it. */
function setsConcernedBy(api: ClusterApi, pod: Pod): string[] {
  const namespace = namespaceOf(pod);
  const owner = controllerOf(pod);
  if (owner !== undefined) return owner.kind === "ReplicaSet" ? [`${namespace}/${owner.name}`] : [];
  return api
    .list<ReplicaSet>(replicaSets, { namespace })
    .filter(({ spec }) => labelMatcher(spec.selector)(pod.metadata.labels))
    .map(keyOf);
}

class ReplicaSetController {
  readonly #context: ControllerContext;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    const { api, clock } = context;
    this.#context = context;
    this.#recorder = new EventRecorder(api, clock, { component: "replicaset-controller", host: "" });
  }

  reconcile(key: string): Reconciled {
    const { api, clock } = this.#context;
    const { namespace, name } = splitKey(key);
    const set = api.get<ReplicaSet>(replicaSets, namespace, name);
    if (set === undefined) return undefined;
    const before = this.#listPods(set);
    const failure = set.metadata.deletionTimestamp === undefined ? this.#manage(set, before) : undefined;
    const pods = failure === undefined ? this.#listPods(set) : before;
    // Before the status: a pod that becomes available between the two is looked at once more, not missed.
    const againMs = untilNextAvailable(set, pods, clock);
    api.updateStatus(replicaSets, { ...set, status: renderStatus(set, pods, clock, failure?.condition) });
    if (failure !== undefined) throw failure.error;
    return againMs;
  }

  #listPods(set: ReplicaSet): Pod[] {
    const { api } = this.#context;
    const active = api.list<Pod>("pods", { namespace: namespaceOf(set) }).filter(isActive);
    return claim(api, "pods", set, active);
  }

  /** Creates or deletes pods; what went wrong, if something did. */
  #manage(set: ReplicaSet, pods: readonly Pod[]): Failure | undefined {
    const surplus = pods.length - sizeOf(set);
    if (surplus > 0) {
      const victims = inDeleteOrder(pods, this.#context.clock).slice(0, Math.min(surplus, burst));
      return firstFailure(victims, (pod) => this.#delete(set, pod));
    }
    const missing = Array.from({ length: Math.min(-surplus, burst) });
    try {
      return firstFailure(missing, () => this.#create(set));
    } catch (error) {
      if (isNamespaceGoing(error)) return undefined;
      throw error;
    }
  }

  #create(set: ReplicaSet): Failure | undefined {
    try {
      const { metadata } = this.#context.api.create<Pod>("pods", renderPod(set));
      this.#recorder.record({ object: set }, "Normal", "SuccessfulCreate", `Created pod: ${metadata.name}`);
      return undefined;
    } catch (error) {
      if (isNamespaceGoing(error)) throw error;
      const message = (error as Error).message;
      this.#recorder.record({ object: set }, "Warning", "FailedCreate", `Error creating: ${message}`);
      return { error, condition: { reason: "FailedCreate", message } };
    }
  }

  #delete(set: ReplicaSet, { metadata }: Pod): Failure | undefined {
    try {
      const preconditions = { uid: metadata.uid };
      this.#context.api.delete("pods", metadata.namespace, metadata.name, { preconditions });
      this.#recorder.record({ object: set }, "Normal", "SuccessfulDelete", `Deleted pod: ${metadata.name}`);
      return undefined;
    } catch (error) {
      if (hasReason(error, "NotFound")) return undefined;
      const message = (error as Error).message;
      this.#recorder.record({ object: set }, "Warning", "FailedDelete", `Error deleting: ${message}`);
      return { error, condition: { reason: "FailedDelete", message } };
    }
  }
}

interface Failure {
  readonly error: unknown;
  readonly condition: ReplicaFailure;
}

/** Stops at the first failure: what fails once would most likely fail for all. */
function firstFailure<T>(items: readonly T[], act: (item: T) => Failure | undefined): Failure | undefined {
  for (const item of items) {
    const failure = act(item);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

function renderPod(set: ReplicaSet): object {
  const { metadata = {}, spec } = set.spec.template;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...metadata,
      namespace: set.metadata.namespace,
      generateName: `${set.metadata.name}-`,
      ownerReferences: [toOwner(set)],
    },
    spec,
  };
}
