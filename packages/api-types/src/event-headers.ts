/** The headers of a function call that Kubeless 1.0.x has: functions see them as `event["event-id"]` and so on. */
export const eventHeaders = {
  /** Identity of the event, the same over retries and redeliveries. */
  id: "event-id",
  /** Content type of the data. */
  type: "event-type",
  /** When it happened, in the format of the event's source. */
  time: "event-time",
  /** Which kind of source it came from: one of {@link eventNamespaces}. */
  namespace: "event-namespace",
  /** Kafka only: the topic. */
  topic: "event-topic",
} as const;

/** The values of `event-namespace`, spelled as Kubeless 1.0.x does (cron's is singular). */
export const eventNamespaces = {
  kafka: "kafkatriggers.kubeless.io",
  nats: "natstriggers.kubeless.io",
  kinesis: "kinesistriggers.kubeless.io",
  cronjob: "cronjobtrigger.kubeless.io",
  cli: "cli.kubeless.io",
} as const;

/** CloudEvents 1.0 attributes as HTTP headers (binary mode), sent beside {@link eventHeaders}. */
export const cloudEventHeaders = {
  specVersion: "ce-specversion",
  id: "ce-id",
  source: "ce-source",
  type: "ce-type",
  time: "ce-time",
  subject: "ce-subject",
} as const;

/** CloudEvents extensions that carry the source's own metadata, where the source has them. */
export const eventExtensionHeaders = {
  topic: "ce-topic",
  partition: "ce-partition",
  offset: "ce-offset",
  key: "ce-key",
  subject: "ce-subject",
  stream: "ce-stream",
  sequence: "ce-sequence",
  shard: "ce-shard",
} as const;

/** W3C trace context, passed through unchanged. */
export const TRACE_PARENT_HEADER = "traceparent";

/** RFC 3339 instant until which the caller waits for an answer. */
export const DEADLINE_HEADER = "kubeless-deadline";

/** Content type of a batch of events: a JSON array (CloudEvents JSON batch format). */
export const BATCH_CONTENT_TYPE = "application/cloudevents-batch+json";

/** Why an event became a dead letter, with what it means: what {@link deadLetterHeaders.reason} says. */
export const deadLetterReasons = {
  RetriesExhausted: "It failed as often as it may be tried.",
  TooOld: "It failed, and was tried for as long as it may be.",
  Refused: "The function refused it: another attempt would have had the same answer.",
  FilterFailed: "The trigger's filter cannot be evaluated for it.",
} as const;

export type DeadLetterReason = keyof typeof deadLetterReasons;

/** Headers on a dead letter, beside the original ones: why it is one. */
export const deadLetterHeaders = {
  /** Id of the event: {@link eventHeaders.id} of every call that failed. */
  id: "kubeless-event-id",
  /** `namespace/name` of the trigger. */
  trigger: "kubeless-trigger",
  /** The subject that it came from, where the source has subjects: it is sent there again. */
  subject: "kubeless-subject",
  /** Name of the function that did not take it. */
  function: "kubeless-function",
  /** Why it is one: one of {@link deadLetterReasons}. */
  reason: "kubeless-reason",
  /** What the last attempt ended with, in one sentence. */
  cause: "kubeless-cause",
  /** HTTP status of the last attempt, if there was an answer. */
  status: "kubeless-status",
  /** How many calls were made. */
  attempts: "kubeless-attempts",
  /** RFC 3339 time of the last attempt. */
  lastAttempt: "kubeless-last-attempt",
} as const;

/** `ce-type` of what a trigger delivers, by its source's short name: `io.kubeless.kafka.record`, … */
export function eventType(source: string): string {
  return `io.kubeless.${source}.record`;
}

/** `ce-source` of what a trigger delivers: `/namespaces/<ns>/<plural>/<name>`. */
export function eventSource(namespace: string, plural: string, name: string): string {
  return `/namespaces/${namespace}/${plural}/${name}`;
}
