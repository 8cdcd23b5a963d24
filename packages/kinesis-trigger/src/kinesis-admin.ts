import { randomUUID } from "node:crypto";
import { type KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import type { KinesisTriggerSpec } from "@kubeless/api-types";
import { type BrokerAdmin, BrokerError, type BrokerMessage, type BrokerSession } from "@kubeless/trigger-kit";
import { writeAggregate } from "./aggregated-record.ts";
import { ask } from "./ask.ts";
import { openClient } from "./kinesis-client.ts";
import type { KinesisConfig } from "./kinesis-config.ts";
import { createDeadLetters } from "./kinesis-dead-letters.ts";
import { toSourceError } from "./kinesis-error.ts";
import { createStreams } from "./kinesis-streams.ts";
import { toBrokerError } from "./to-broker-error.ts";

/** Publishing, streams and dead letters. */
export const kinesisAdmin: BrokerAdmin<KinesisTriggerSpec, KinesisConfig> = {
  async open({ config, spec, namespace, trigger, secret, signal }) {
    const { "aws-region": region = "", stream: origin, delivery } = spec;
    if (region === "")
      throw new BrokerError("It is not said in which region: name a trigger, or --aws-region.");
    const address = { "aws-region": region, endpoint: spec.endpoint ?? "", secret: spec.secret ?? "" };
    const client = await openClient(address, { config, secret });
    const place = { client, signal };
    const send = (to: string, message: BrokerMessage) => sendOne(place, to, message);
    const stream = delivery?.deadLetter?.stream;
    return {
      publish: (target, messages) => publish(send, target, messages),
      topics: createStreams(place),
      deadLetters:
        stream === undefined || origin === undefined || trigger === undefined
          ? undefined
          : createDeadLetters({ ...place, stream, origin, owner: `${namespace}/${trigger}`, send }),
      close: async () => client.destroy(),
    } satisfies BrokerSession;
  },
  explain: (error) =>
    "$metadata" in error || "code" in error ? toSourceError(error, "of this name") : undefined,
};

type Send = (stream: string, message: BrokerMessage) => Promise<string>;

async function* publish(send: Send, stream: string, messages: readonly BrokerMessage[]) {
  for (const message of messages) yield await send(stream, message);
}

/** A record has no headers: with some it is an aggregated record of one, whose tags they are. */
async function sendOne(
  { client, signal }: { readonly client: KinesisClient; readonly signal: AbortSignal },
  stream: string,
  { key, headers, body }: BrokerMessage,
): Promise<string> {
  const PartitionKey = key === undefined ? randomUUID() : new TextDecoder().decode(key);
  const isPlain = Object.keys(headers).length === 0;
  const Data = isPlain ? body : writeAggregate([{ partitionKey: PartitionKey, data: body, tags: headers }]);
  const record = new PutRecordCommand({ StreamName: stream, PartitionKey, Data });
  try {
    const { ShardId, SequenceNumber } = await ask((options) => client.send(record, options), signal);
    return `${ShardId}:${SequenceNumber}${isPlain ? "" : ":0"}`;
  } catch (error) {
    throw toBrokerError(error, stream);
  }
}
