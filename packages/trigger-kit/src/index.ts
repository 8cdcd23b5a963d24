export { type Clock, systemClock } from "./delivery/clock.ts";
export { createDelivery, type Delivery, type DeliveryOptions } from "./delivery/delivery.ts";
export type { DeliveryObserver, Ending, Hold } from "./delivery/observer.ts";
export type { RetrySettings } from "./delivery/retry.ts";
export type { DeliverySettings } from "./delivery/settings.ts";
export { type EventOrigin, toDeadLetterHeaders, toEventHeaders } from "./event-headers.ts";
export {
  type Call,
  createInvoker,
  type Endpoint,
  type Invoker,
  type InvokerOptions,
} from "./invoker/invoker.ts";
export type { Outcome } from "./invoker/outcome.ts";
export type {
  Attempts,
  Binding,
  Capabilities,
  Cause,
  Deliver,
  EventSource,
  Guarantee,
  Headers,
  Ordering,
  Part,
  Position,
  SourceContext,
  SourceRecord,
  Subscription,
} from "./source.ts";
