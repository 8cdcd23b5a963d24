import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ListStreamsCommand,
} from "@aws-sdk/client-kinesis";
import { BrokerError, type Topics } from "@kubeless/trigger-kit";
import { ask } from "./ask.ts";
import { requestTimeoutMs } from "./kinesis-client.ts";
import { pause } from "./pause.ts";
import { toBrokerError } from "./to-broker-error.ts";

/** Between looks whether a new stream is ready. */
const lookMs = 500;

/** Streams, and how many shards each has. */
export function createStreams({
  client,
  signal,
}: {
  readonly client: KinesisClient;
  readonly signal: AbortSignal;
}): Topics {
  const inTime = () => ({ abortSignal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]) });

  async function describe(StreamName: string) {
    const asked = new DescribeStreamSummaryCommand({ StreamName });
    return (await ask((options) => client.send(asked, options), signal)).StreamDescriptionSummary;
  }

  return {
    async *list() {
      let next: string | undefined;
      do {
        const which = next === undefined ? {} : { NextToken: next };
        const page = await ask((options) => client.send(new ListStreamsCommand(which), options), signal);
        for (const name of page.StreamNames ?? [])
          yield { name, partitions: (await describe(name))?.OpenShardCount ?? 0 };
        next = page.NextToken;
      } while (next !== undefined);
    },
    /** Resolves when it can be written to. */
    async create(name, shards) {
      try {
        await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }), inTime());
        while ((await describe(name))?.StreamStatus !== "ACTIVE") await pause(lookMs, signal);
      } catch (error) {
        if ((error as Error).name.startsWith("ResourceInUse"))
          throw new BrokerError(`There is a stream ${name} already: take another name.`);
        if ((error as Error).name.startsWith("LimitExceeded"))
          throw new BrokerError(`Kinesis refused it: ${(error as Error).message}`);
        throw toBrokerError(error, name);
      }
    },
    async delete(name) {
      try {
        await client.send(new DeleteStreamCommand({ StreamName: name }), inTime());
      } catch (error) {
        throw toBrokerError(error, name);
      }
    },
  };
}
