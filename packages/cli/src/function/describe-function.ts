import type { FunctionObject } from "./function-object.ts";
import { findCondition, mainContainerOf } from "./function-object.ts";

/**
 * `2/2 READY`, `0/1 NOT READY: InstallFailed`, `1/2 READY: RollingOut`: how many pods take calls of how many there are,
 * whether what was asked for serves, and if not why.
 */
export function describeStatus(object: FunctionObject): string {
  const { status, metadata } = object;
  const ready = findCondition(object, "Ready");
  if (ready === undefined) return "NOT READY: no controller has seen it yet";
  const readyPods = status?.readyReplicas ?? 0;
  const pods = `${readyPods}/${Math.max(readyPods, status?.replicas ?? 0)}`;
  const isCurrent = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  if (ready.status === "True" && isCurrent) return `${pods} READY`;
  return `${pods} ${readyPods > 0 ? "READY" : "NOT READY"}: ${isCurrent ? (ready.reason ?? "NotReady") : "ChangeNotSeenYet"}`;
}

/** `lodash: ^4.17.5, left-pad: 1.3.0` of a package.json; any other text by its lines. Never fails a list. */
export function describeDependencies({ spec }: FunctionObject): string {
  const { deps } = spec;
  if (!deps) return spec["function-content-type"]?.includes("deps") ? "in the archive" : "";
  try {
    const { dependencies = {} } = JSON.parse(deps) as { dependencies?: Record<string, unknown> };
    return Object.entries(dependencies)
      .map(([name, version]) => `${name}: ${String(version)}`)
      .join(", ");
  } catch {
    return deps
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "")
      .join(", ");
  }
}

/** `A=1, TOKEN=(elsewhere)` */
export function describeEnvironment(object: FunctionObject): string {
  return (mainContainerOf(object).env ?? [])
    .map(
      ({ name, value, valueFrom }) => `${name}=${valueFrom == null ? (value ?? "") : "(from the cluster)"}`,
    )
    .join(", ");
}

export function describeMemory(object: FunctionObject): string {
  const { limits } = mainContainerOf(object).resources ?? {};
  return limits?.memory === "0" ? "" : (limits?.memory ?? "");
}

/** `team=x, tier=y`, in the order of their keys. */
export function describeLabels({
  metadata,
}: {
  metadata: { labels?: Record<string, string> | undefined };
}): string {
  return Object.entries(metadata.labels ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");
}
