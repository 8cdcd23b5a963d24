import type { ClusterApi } from "../api/cluster-api.ts";
import { timestamp } from "../node/events.ts";
import type { Pod } from "../node/pod.ts";
import { labelMatcher } from "../store/selectors.ts";
import { type Budget, countDisruptions } from "../subresources/disruption.ts";
import type { ControllerContext, StartController } from "./context.ts";
import { startLoop } from "./loop.ts";
import { keyOf, splitKey } from "./owners.ts";

const resource = "poddisruptionbudgets.policy";

/** Keeps what disruption budgets say of their pods: how many there are, how many must be, how many may go. */
export const startDisruptionBudgets: StartController = ({ api, clock, onFault }: ControllerContext) => {
  return startLoop({ clock, onFault, reconcile: (key) => reconcile(api, key, timestamp(clock)) }, (loop) => {
    const enqueueOf = (namespace: string | undefined) => {
      for (const budget of api.list<Budget>(resource))
        if (budget.metadata.namespace === namespace) loop.enqueue(keyOf(budget));
    };
    return [
      api.watch<Budget>(resource, ({ object }) => loop.enqueue(keyOf(object))),
      ...["pods", "replicasets.apps", "deployments.apps"].map((kind) =>
        api.watch(kind, ({ object }) => enqueueOf(object.metadata.namespace)),
      ),
    ];
  });
};

function reconcile(api: ClusterApi, key: string, now: string): undefined {
  const { namespace, name } = splitKey(key);
  const budget = api.get<Budget>(resource, namespace, name);
  if (budget === undefined) return;
  const selects = labelMatcher(budget.spec.selector);
  const pods = api
    .list<Pod>("pods", namespace === undefined ? {} : { namespace })
    .filter(({ metadata }) => selects(metadata.labels));
  const count = countDisruptions(budget, pods, (kind, where, owner) => api.get(kind, where, owner));
  const allowed = count.disruptionsAllowed > 0;
  const status = {
    ...count,
    observedGeneration: budget.metadata.generation,
    conditions: [conditionOf(budget, allowed, now)],
  };
  api.updateStatus(resource, { ...budget, status });
}

function conditionOf(budget: Budget, allowed: boolean, now: string): object {
  const condition = {
    type: "DisruptionAllowed",
    status: allowed ? "True" : "False",
    reason: allowed ? "SufficientPods" : "InsufficientPods",
    message: "",
    observedGeneration: budget.metadata.generation,
  };
  const [known] = (budget.status?.conditions ?? []) as { status?: string; lastTransitionTime?: string }[];
  const since = known?.status === condition.status ? known.lastTransitionTime : undefined;
  return { ...condition, lastTransitionTime: since ?? now };
}
