export {
  ApiError,
  type ApiErrorCause,
  isAlreadyExists,
  isConflict,
  isExpired,
  isNotFound,
  isRefused,
  isUnreachable,
} from "./cluster/api-error.ts";
export {
  type ClusterClient,
  type ClusterClientOptions,
  createClusterClient,
  type DeleteOptions,
  type ListOptions,
  type Page,
  type PatchType,
  type RequestOptions,
  type SelectOptions,
  type WriteOptions,
} from "./cluster/client.ts";
export { KubeConfigError, type KubeConfigSources, loadKubeConfig } from "./cluster/kube-config.ts";
export {
  fromKey,
  isOwnedBy,
  type KubernetesObject,
  type Live,
  type ObjectMeta,
  type ObjectName,
  type ObjectReference,
  type OwnerReference,
  toKey,
  type Wire,
} from "./cluster/kubernetes-object.ts";
export { type Resource, toPath } from "./cluster/resource.ts";
export { resources } from "./cluster/resources.ts";
export type { RawRequest, RawResponse } from "./cluster/transport.ts";
export type { WatchEvent, WatchOptions } from "./cluster/watch.ts";
export {
  type Children,
  type ConditionStatement,
  type Fault,
  type Inputs,
  isFault,
  type LiveChild,
  type Outcome,
  type Projection,
  type RenderedObject,
  type StatusStatement,
  type TakeOver,
  type WatchedKind,
  type WriteFault,
} from "./projection/projection.ts";
export { done, failed, type Result, requeueAfter, terminal } from "./reconcile/result.ts";
