import { createHash } from "node:crypto";
import type { NATSTriggerSpec } from "@kubeless/api-types";
import { type Binding, SourceError } from "@kubeless/trigger-kit";
import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerInfo,
  DeliverPolicy,
  ErrorCode,
  type JetStreamManager,
  NatsError,
  nanos,
} from "nats";

export type JetStream = NonNullable<NATSTriggerSpec["jetStream"]>;

/** https://docs.nats.io/running-a-nats-service/nats_admin/jetstream_admin/naming */
const longestName = 255;

/**
 * `<namespace>_<trigger>_<function>_<stream>`, or with the trigger's `durable` instead of its first two parts. What a name
 * may not hold becomes an underscore; one that is too long ends in a hash of itself.
 */
export function durableName({
  namespace,
  trigger,
  function: name,
  spec,
}: Pick<Binding<NATSTriggerSpec>, "namespace" | "trigger" | "function" | "spec">): string {
  const { durable = "", stream = "" } = spec.jetStream ?? {};
  const prefix = durable === "" ? `${namespace}_${trigger}` : durable;
  const full = `${prefix}_${name}_${stream}`.replaceAll(/[.*>]/g, "_");
  if (Buffer.byteLength(full) <= longestName) return full;
  return `${full.slice(0, 200)}_${createHash("sha256").update(full).digest("hex").slice(0, 32)}`;
}

/** The durable as it stands, made when there is none: from then on its position is fixed. The stream is never made. */
export async function openDurable(
  manager: JetStreamManager,
  durable: string,
  { topic }: Pick<NATSTriggerSpec, "topic">,
  jetStream: JetStream,
  ackWaitMs: number,
): Promise<ConsumerInfo> {
  const { stream } = jetStream;
  const wanted = { ack_wait: nanos(ackWaitMs), max_deliver: -1, max_ack_pending: -1, filter_subject: topic };
  try {
    const known = await findConsumer(manager, stream, durable);
    if (known === undefined)
      return await manager.consumers.add(stream, { ...toConfig(durable, jetStream), ...wanted });
    refuseForeign(known, durable);
    return differs(known.config, wanted) ? await manager.consumers.update(stream, durable, wanted) : known;
  } catch (error) {
    throw toStreamError(error as Error, stream);
  }
}

type Wanted = Pick<ConsumerConfig, "ack_wait" | "max_deliver" | "max_ack_pending" | "filter_subject">;

/** Whether a durable is not as it is wanted, in what may be changed. */
export function differs(config: ConsumerConfig, wanted: Wanted): boolean {
  return (["ack_wait", "max_deliver", "max_ack_pending", "filter_subject"] as const).some(
    (key) => config[key] !== wanted[key],
  );
}

/** Undefined when there is no such consumer, or no such stream. */
export async function findConsumer(
  manager: JetStreamManager,
  stream: string,
  durable: string,
): Promise<ConsumerInfo | undefined> {
  try {
    return await manager.consumers.info(stream, durable);
  } catch (error) {
    const code = apiCode(error);
    if (code === codes.consumerNotFound || code === codes.streamNotFound) return undefined;
    throw error;
  }
}

function toConfig(
  durable: string,
  { deliverPolicy, startTime, startSequence }: JetStream,
): Partial<ConsumerConfig> {
  return {
    durable_name: durable,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: policies[deliverPolicy],
    ...(startTime === undefined ? {} : { opt_start_time: startTime }),
    ...(startSequence === undefined ? {} : { opt_start_seq: startSequence }),
  };
}

const policies: Readonly<Record<JetStream["deliverPolicy"], DeliverPolicy>> = {
  all: DeliverPolicy.All,
  last: DeliverPolicy.Last,
  new: DeliverPolicy.New,
  byStartSequence: DeliverPolicy.StartSequence,
  byStartTime: DeliverPolicy.StartTime,
  lastPerSubject: DeliverPolicy.LastPerSubject,
};

function refuseForeign({ config }: ConsumerInfo, durable: string): void {
  if (config.ack_policy === AckPolicy.Explicit && config.deliver_subject === undefined) return;
  throw new SourceError(
    "ConnectionFailed",
    `There is a consumer ${durable} already, which is not a pull consumer with explicit acknowledgement: delete it, or name another prefix in spec.jetStream.durable.`,
  );
}

/** https://github.com/nats-io/nats-server/blob/main/server/errors.json */
const codes = { consumerNotFound: 10_014, streamNotFound: 10_059 };

function apiCode(error: unknown): number | undefined {
  return error instanceof NatsError ? error.api_error?.err_code : undefined;
}

/** What a person has to do about it, where it is known. */
export function toStreamError(error: Error, stream: string): Error {
  if (apiCode(error) === codes.streamNotFound)
    return new SourceError(
      "TopicNotFound",
      `There is no stream ${stream}: it is waited for; make it, or correct spec.jetStream.stream.`,
    );
  if (
    error instanceof NatsError &&
    (error.code === ErrorCode.NoResponders || error.code === ErrorCode.Timeout)
  )
    return new SourceError(
      "ConnectionFailed",
      "The servers do not answer for JetStream: enable it, or wait for its leader.",
    );
  if (error instanceof NatsError && error.api_error !== undefined)
    return new SourceError(
      "ConnectionFailed",
      `JetStream refused the consumer: ${error.api_error.description}.`,
    );
  return error;
}
