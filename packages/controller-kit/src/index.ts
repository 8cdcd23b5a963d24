export { toAmount } from "./apply/quantity.ts";
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
  type PatchType,
  type WriteOptions,
} from "./cluster/client.ts";
export { ExecError, type ExecOptions, execInPod } from "./cluster/exec.ts";
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
export type { ListOptions, Page, RequestOptions, SelectOptions } from "./cluster/pages.ts";
export { type Resource, toPath } from "./cluster/resource.ts";
export { resources } from "./cluster/resources.ts";
export type { RawRequest, RawResponse } from "./cluster/transport.ts";
export type { WatchEvent, WatchOptions } from "./cluster/watch.ts";
export {
  createLeaderElection,
  type LeaderElection,
  type LeaderElectionOptions,
} from "./election/leader-election.ts";
export { createLeaseHolder, type LeaseHolder, type LeaseHolderOptions } from "./election/lease-holder.ts";
export { createTerm, type Term, type TermHandle, TermOverError } from "./election/term.ts";
export { createEventRecorder, type EventRecorder, type EventStatement } from "./events/event-recorder.ts";
export { type Backoff, createBackoff } from "./informer/backoff.ts";
export { type Change, createInformer, type Informer, type InformerOptions } from "./informer/informer.ts";
export {
  createInformerCache,
  type InformerCache,
  type InformerCacheOptions,
  type WatchedKind,
} from "./informer/informer-cache.ts";
export { OWNER_INDEX } from "./informer/store.ts";
export { createLogger, type Logger, type LoggerOptions, silentLogger } from "./log/logger.ts";
export {
  type FormerController,
  type FormerControllerWatch,
  watchFormerController,
} from "./projection/former-controller.ts";
export {
  type Children,
  type Fault,
  type Inputs,
  isFault,
  type LiveChild,
  type Outcome,
  type Projection,
  type RenderedObject,
  type TakeOver,
  type WriteFault,
} from "./projection/projection.ts";
export {
  createProjectionController,
  type ProjectionController,
  type ProjectionControllerOptions,
} from "./projection/projection-controller.ts";
export {
  createProjectionManager,
  type ProjectionManager,
  type ProjectionManagerOptions,
} from "./projection/projection-manager.ts";
export { type RunProjectionsOptions, runProjections } from "./projection/run-projections.ts";
export { type Controller, type ControllerOptions, createController } from "./reconcile/controller.ts";
export { type ControllerMetrics, createControllerMetrics } from "./reconcile/controller-metrics.ts";
export { done, failed, type Result, requeueAfter, terminal } from "./reconcile/result.ts";
export { createWorkQueue, type WorkQueue, type WorkQueueOptions } from "./reconcile/work-queue.ts";
export { createHealthServer, type HealthServer, type HealthServerOptions } from "./run/health-server.ts";
export { ConfigError, loadConfig } from "./run/load-config.ts";
export { type Component, createManager, GROUPS, type Group, type Manager } from "./run/manager.ts";
export {
  type ConfigLocation,
  type ControllerProgram,
  type GivenLocation,
  runController,
} from "./run/run-controller.ts";
export { type MainContext, type RunMainOptions, runMain } from "./run/run-main.ts";
export {
  type Condition,
  type ConditionState,
  type ConditionStatement,
  findCondition,
  mergeConditions,
  no,
  unknown,
  yes,
} from "./status/conditions.ts";
export { type StatusStatement, writeStatus } from "./status/write-status.ts";
