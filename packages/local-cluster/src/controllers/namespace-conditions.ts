import type { V1NamespaceCondition } from "@kubernetes/client-node";
import type { KubeObject, Wire } from "../api/cluster-api.ts";

export type NamespaceCondition = Wire<V1NamespaceCondition>;

/** What is still in a namespace that goes. */
export interface Remainder {
  readonly objects: readonly { readonly resource: string; readonly object: KubeObject }[];
  /** Why objects could not be deleted. */
  readonly failures: readonly string[];
}

/** Why a namespace is not gone yet, in the conditions and words that `kubectl describe namespace` is known for. */
export function renderConditions(
  { objects, failures }: Remainder,
  known: readonly NamespaceCondition[],
  now: string,
): NamespaceCondition[] {
  const resources = tally(
    objects.map(({ resource }) => (resource.includes(".") ? resource : `${resource}.`)),
  );
  const finalizers = tally(objects.flatMap(({ object }) => object.metadata.finalizers ?? []));
  const conditions = [
    fine("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
    fine(
      "NamespaceDeletionGroupVersionParsingFailure",
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ),
    failures.length === 0
      ? fine(
          "NamespaceDeletionContentFailure",
          "ContentDeleted",
          "All content successfully deleted, may be waiting on finalization",
        )
      : present(
          "NamespaceDeletionContentFailure",
          "ContentDeletionFailed",
          `Failed to delete all resource types, ${failures.length} remaining: ${[...failures].sort().join(", ")}`,
        ),
    resources.length === 0
      ? fine("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed")
      : present(
          "NamespaceContentRemaining",
          "SomeResourcesRemain",
          `Some resources are remaining: ${resources.map(([name, count]) => `${name} has ${count} resource instances`).join(", ")}`,
        ),
    finalizers.length === 0
      ? fine("NamespaceFinalizersRemaining", "ContentRemoved", "All content successfully removed")
      : present(
          "NamespaceFinalizersRemaining",
          "SomeFinalizersRemain",
          `Some content in the namespace has finalizers remaining: ${finalizers.map(([name, count]) => `${name} in ${count} resource instances`).join(", ")}`,
        ),
  ];
  return conditions.map((condition) => {
    const before = known.find(({ type }) => type === condition.type);
    const since = before?.status === condition.status ? before.lastTransitionTime : undefined;
    return { lastTransitionTime: since ?? now, ...condition };
  });
}

function fine(type: string, reason: string, message: string) {
  return { type, status: "False", reason, message };
}

function present(type: string, reason: string, message: string) {
  return { type, status: "True", reason, message };
}

/** How often each word occurs, in the order of the words. */
function tally(words: readonly string[]): [string, number][] {
  const groups = Map.groupBy(words, (word) => word);
  return [...groups]
    .map(([word, all]): [string, number] => [word, all.length])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
