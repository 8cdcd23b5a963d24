/**
 * Every reason that a condition of ours can carry, with what it means. A reason never changes its meaning; a new cause is a
 * new reason. The condition's message says the same with names and numbers, and what to do next.
 */
export const reasons = {
  // Good
  Ready: "Everything that was asked for is there and works.",
  Accepted: "The object can be worked with.",
  Suspended: "spec.suspend is true: nothing is delivered.",

  // The object itself
  InvalidSpec: "The object breaks a rule of its kind; the message names the field and what to write instead.",
  UnknownRuntime: "The catalogue has no such runtime.",
  RuntimeNote: "The runtime is served in a way worth knowing; the message is the catalogue's note.",
  ConflictingObject: "An object of the name we need exists and is not ours; it is left alone.",
  LegacyControllerRunning: "A Kubeless 1.0.x controller still runs; nothing is taken over from it.",
  ConfigurationInvalid: "kubeless-config cannot be read.",
  Conflict: "Another object claims the same thing.",
  Unsupported: "What is asked for is not something this source or gateway can do.",

  // Source and dependencies
  SourceReady: "The source is in place.",
  SourceNotPinned: "The source is a URL without a checksum; the digest that was fetched is in status.",
  SourceFetchFailed: "The source could not be downloaded.",
  ChecksumMismatch: "The source is not the one whose checksum was given.",
  UnpackFailed: "The archive could not be unpacked.",
  DependenciesInstalled: "The dependencies are installed.",
  NoDependencies: "There is nothing to install.",
  InstallFailed: "Installing the dependencies failed; the message ends with the installer's last words.",
  CompileFailed: "Compiling failed; the message ends with the compiler's last words.",
  Pending: "It has not been tried yet.",

  // Pods
  Deployed: "The Deployment asks for the wanted revision.",
  ApplyFailed: "Kubernetes refused one of the objects that should exist.",
  RollingOut: "Pods of the wanted revision are starting; the old ones still serve.",
  WaitingForRollout: "A change of the catalogue waits for its turn.",
  Serving: "Every ready pod runs the wanted revision.",
  ScaledToZero: "The function is asked to have no pods.",
  ImagePullFailed: "The image could not be pulled.",
  LoadFailed: "The function's module could not be loaded; the message is the server's last words.",
  Crashing: "The container ends again and again; the message is its last words.",
  OutOfMemory: "The container used more memory than its limit.",
  Unschedulable: "No node can take the pod.",
  QuotaExceeded: "A quota or a policy of the namespace refuses the pod.",
  NotReady: "No pod answers its readiness probe yet.",
  DeadlineExceeded: "The rollout made no progress for too long.",
  AutoscalerActive: "The autoscaler works.",
  AutoscalerInactive: "The autoscaler exists but cannot work; the message is its own.",
  NoAutoscaler: "No autoscaler is asked for.",

  // Triggers
  FunctionFound: "The function is there.",
  FunctionNotFound: "There is no such function, or none that the selector selects.",
  FunctionNotReady: "The function has no ready pod; events wait.",
  Published: "The route exists.",
  GatewayNotFound: "The Gateway, its listener or the API it belongs to is not there.",
  Admitted: "A controller of the cluster serves the route.",
  NotAdmitted: "No controller of the cluster has taken the route.",
  NotReported: "Nobody has said whether the route is served; some gateways never do.",
  SecretNotFound: "A Secret that the object names is not there.",
  SecretInvalid: "A Secret that the object names lacks a key or holds what cannot be used.",
  Scheduled: "The CronJob exists.",
  InvalidSchedule: "The schedule or its time zone is not one.",
  LastRunSucceeded: "The last run succeeded.",
  LastRunFailed: "The last run failed.",
  NeverRan: "There was no run yet.",

  // Delivery
  Connected: "The broker answers.",
  ConnectionFailed: "The broker cannot be reached.",
  AuthenticationFailed: "The broker refused the credentials.",
  TopicNotFound: "The topic, stream or shard is not there; it is waited for.",
  Progressing: "Events are delivered, or there are none.",
  NoProgress: "There are events and none was finished for a while; the client is rebuilt.",
  CommitFailed: "The broker has not taken a position for a while, and until it does nothing more is called.",
  PositionLost: "The broker no longer has the position; the message says how much was skipped.",
  RetriesExhausted: "An event failed for the last time and has nowhere to go; its position is held.",
  DeliveryFailed: "Events were not taken and, at most once, are gone; the message says how many.",
  InvalidFilter: "The filter is not a CEL expression over headers, key and data.",
  FilterFailed: "The filter cannot be evaluated for an event, which counts as failed.",
  DeadLetterWritable: "Dead letters can be written.",
  DeadLetterUnwritable: "A dead letter cannot be written; its position is held.",
  NoDeadLetter: "No place for dead letters is named.",
  NoReplica: "No replica of the controller works on the trigger.",
} as const;

/** A stable CamelCase word: one of the keys of {@link reasons}. */
export type Reason = keyof typeof reasons;
