import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ListStreamsCommand,
} from "@aws-sdk/client-kinesis";
import { BrokerError, type Topics } from "@kubeless/trigger-kit";
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
  const options = { abortSignal: signal };

  async function describe(StreamName: string) {
    const { StreamDescriptionSummary } = await client.send(
      new DescribeStreamSummaryCommand({ StreamName }),
      options,
    );
    return StreamDescriptionSummary;
  }

  return {
    async *list() {
      let next: string | undefined;
      do {
        const page = await client
          .send(new ListStreamsCommand(next === undefined ? {} : { NextToken: next }), options)
          .catch((error: unknown) => Promise.reject(toBrokerError(error, "")));
        for (const name of page.StreamNames ?? [])
          yield { name, partitions: (await describe(name))?.OpenShardCount ?? 0 };
        next = page.NextToken;
      } while (next !== undefined);
    },
    /** Resolves when it can be written to. */
    async create(name, shards) {
      try {
        await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }), options);
        while ((await describe(name))?.StreamStatus !== "ACTIVE") await pause(lookMs, signal);
      } catch (error) {
        if ((error as Error).name.startsWith("ResourceInUse"))
          throw new BrokerError(`There is a stream ${name} already.`);
        throw toBrokerError(error, name);
      }
    },
    async delete(name) {
      try {
        await client.send(new DeleteStreamCommand({ StreamName: name }), options);
      } catch (error) {
        throw toBrokerError(error, name);
      }
    },
  };
}
