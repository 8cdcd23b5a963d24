import { DescribeStreamSummaryCommand, type KinesisClient } from "@aws-sdk/client-kinesis";
import type { KinesisTriggerSpec } from "@kubeless/api-types";
import { type SourceContext, SourceError } from "@kubeless/trigger-kit";
import { requestTimeoutMs } from "./kinesis-client.ts";
import type { KinesisConfig } from "./kinesis-config.ts";
import { watchServerTime } from "./server-time.ts";
import { listShards } from "./shards.ts";
import { fixStart, type Start } from "./start.ts";

export interface FoundStream {
  /** Which of the streams of this name it is: the time it was made, in ms. */
  readonly created: string;
  readonly start: Start;
}

/** Looks for the stream, and decides where to start in it where nobody has yet. Rejects when it cannot be read now. */
export async function findStream(
  client: KinesisClient,
  { stream, shard, startPosition }: KinesisTriggerSpec,
  { parts, signal: closing }: SourceContext<KinesisConfig>,
): Promise<FoundStream> {
  const serverTime = watchServerTime(client);
  const signal = AbortSignal.any([closing, AbortSignal.timeout(requestTimeoutMs)]);
  const { StreamDescriptionSummary: summary } = await client.send(
    new DescribeStreamSummaryCommand({ StreamName: stream }),
    { abortSignal: signal },
  );
  const status = summary?.StreamStatus;
  if (status === "CREATING" || status === "DELETING")
    throw new SourceError("TopicNotFound", `The stream ${stream} is ${status}: it is waited for.`);
  const shards = await listShards(client, stream, signal);
  if (shard !== "" && !shards.some(({ id }) => id === shard))
    throw new SourceError(
      "TopicNotFound",
      `The stream ${stream} has no shard ${shard}: correct spec.shard, or remove it to read all shards.`,
    );
  const created = String(summary?.StreamCreationTimestamp?.getTime());
  const place = { client, stream, created, startPosition, shards, parts, serverTime };
  return { created, start: await fixStart({ ...place, signal: closing }) };
}
