import { randomUUID } from "node:crypto";
import { type KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import type { KinesisTriggerSpec } from "@kubeless/api-types";
import { type BrokerAdmin, BrokerError, type BrokerMessage, type BrokerSession } from "@kubeless/trigger-kit";
import { writeAggregate } from "./aggregated-record.ts";
import { openClient, requestTimeoutMs } from "./kinesis-client.ts";
import type { KinesisConfig } from "./kinesis-config.ts";
import { createDeadLetters } from "./kinesis-dead-letters.ts";
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
    const stream = delivery?.deadLetter?.stream;
    return {
      publish: (target, messages) => publish(client, target, messages),
      topics: createStreams(place),
      deadLetters:
        stream === undefined || origin === undefined || trigger === undefined
          ? undefined
          : createDeadLetters({ ...place, stream, origin, owner: `${namespace}/${trigger}`, send: sendOne }),
      close: async () => client.destroy(),
    } satisfies BrokerSession;
  },
};

async function* publish(client: KinesisClient, stream: string, messages: readonly BrokerMessage[]) {
  for (const message of messages) yield await sendOne(client, stream, message);
}

/** A record has no headers: with some it is an aggregated record of one, whose tags they are. */
async function sendOne(
  client: KinesisClient,
  stream: string,
  { key, headers, body }: BrokerMessage,
): Promise<string> {
  const PartitionKey = key === undefined ? randomUUID() : new TextDecoder().decode(key);
  const isPlain = Object.keys(headers).length === 0;
  const Data = isPlain ? body : writeAggregate([{ partitionKey: PartitionKey, data: body, tags: headers }]);
  try {
    const { ShardId, SequenceNumber } = await client.send(
      new PutRecordCommand({ StreamName: stream, PartitionKey, Data }),
      { abortSignal: AbortSignal.timeout(requestTimeoutMs) },
    );
    return `${ShardId}:${SequenceNumber}${isPlain ? "" : ":0"}`;
  } catch (error) {
    throw toBrokerError(error, stream);
  }
}
