import type { KubeObject, LabelSelector } from "../api/cluster-api.ts";
import type { Draft, ScalePaths } from "../kinds/resource.ts";
import { readPath } from "../printers/json-path.ts";
import { selectorText } from "../printers/words.ts";
import type { Cluster, Target, WriteOptions } from "./cluster.ts";
import { replaceObject } from "./update.ts";

/** `autoscaling/v1` Scale: how many replicas an object has and should have, whatever its kind. */
export interface Scale {
  kind: "Scale";
  apiVersion: "autoscaling/v1";
  metadata: object;
  spec: { replicas?: number };
  status: { replicas: number; selector?: string };
}

/** Writes the wanted replicas into `before`, under the rules of every update. `target` names the scale subresource. */
export function replaceScale(
  cluster: Cluster,
  target: Target,
  before: Draft,
  paths: ScalePaths,
  replicas: number,
  options: WriteOptions,
): KubeObject {
  const draft = structuredClone(before);
  setReplicas(draft, paths.specReplicasPath, replicas);
  return replaceObject(cluster, target, before, draft, options, undefined);
}

export function toScale(object: KubeObject, paths: ScalePaths): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const [spec] = readPath(object, paths.specReplicasPath);
  const [status] = readPath(object, paths.statusReplicasPath);
  const [selector] = paths.labelSelectorPath === undefined ? [] : readPath(object, paths.labelSelectorPath);
  const text =
    typeof selector === "object" && selector !== null
      ? selectorText(selector as LabelSelector as never)
      : selector;
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: typeof spec === "number" ? { replicas: spec } : {},
    status: {
      replicas: typeof status === "number" ? status : 0,
      ...(typeof text === "string" && text !== "" ? { selector: text } : {}),
    },
  };
}

function setReplicas(draft: Draft, path: string, replicas: number): void {
  const steps = path.split(".").filter((step) => step !== "");
  const last = steps.pop() ?? "";
  let holder: Record<string, unknown> = draft;
  for (const step of steps) {
    holder[step] ??= {};
    holder = holder[step] as Record<string, unknown>;
  }
  holder[last] = replicas;
}
