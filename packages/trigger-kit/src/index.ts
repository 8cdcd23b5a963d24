export {
  type BrokerAdmin,
  BrokerError,
  type BrokerMessage,
  type BrokerPlace,
  type BrokerSession,
  type DeadLetter,
  type DeadLetters,
  NoDeadLetterError,
  type Topics,
} from "./admin/broker-admin.ts";
export {
  type Broker,
  type BrokerOptions,
  type BrokerSurroundings,
  createBroker,
} from "./admin/create-broker.ts";
export {
  type BindingObserver,
  type RunBindingOptions,
  type RunningBinding,
  runBinding,
  type SourceServices,
} from "./binding/run-binding.ts";
export { type Clock, systemClock } from "./delivery/clock.ts";
export { createDelivery, type Delivery, type DeliveryOptions } from "./delivery/delivery.ts";
export { compileFilter, type Filter } from "./delivery/filter.ts";
export type { DeliveryObserver, Ending, Hold } from "./delivery/observer.ts";
export type { RetrySettings } from "./delivery/retry.ts";
export type { DeliverySettings } from "./delivery/settings.ts";
export { type BindingSettings, toSettings } from "./delivery/to-settings.ts";
export {
  createEventHeaders,
  type EventHeaders,
  type EventOrigin,
  toDeadLetterHeaders,
} from "./event-headers.ts";
export {
  type Call,
  createInvoker,
  type Endpoint,
  type HeaderList,
  type Invoker,
  type InvokerOptions,
} from "./invoker/invoker.ts";
export type { Outcome } from "./invoker/outcome.ts";
export { leaseNameOf, type OpenParts, type OpenPartsOptions, openParts } from "./parts/open-parts.ts";
export { type Notes, type Part, type PartHandlers, PartLostError, type Parts } from "./parts/parts.ts";
export { createReplicas, type Replicas, type ReplicasOptions, soleReplica } from "./parts/replicas.ts";
export { type PartTiming, writeIntervalMs } from "./parts/timing.ts";
export {
  type Attempts,
  type Binding,
  type Capabilities,
  type Cause,
  type ConfigSchema,
  type Deliver,
  type EventSource,
  type Guarantee,
  type Headers,
  type Ordering,
  type Position,
  type SourceContext,
  SourceError,
  type SourceRecord,
  type Subscription,
} from "./source.ts";
export { createTriggerManager, type TriggerManagerOptions } from "./trigger/create-trigger-manager.ts";
export { runTriggerController, type TriggerProgram } from "./trigger/run-trigger-controller.ts";
export {
  createTriggerController,
  type TriggerController,
  type TriggerControllerOptions,
} from "./trigger/trigger-controller.ts";
export type { LiveTrigger, TriggerKind, TriggerObject, TriggerSpec } from "./trigger/trigger-kind.ts";
