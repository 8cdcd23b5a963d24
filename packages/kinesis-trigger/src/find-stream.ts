import { DescribeStreamSummaryCommand, type KinesisClient } from "@aws-sdk/client-kinesis";
import type { KinesisTriggerSpec } from "@kubeless/api-types";
import { type SourceContext, SourceError } from "@kubeless/trigger-kit";
import { ask } from "./ask.ts";
import type { KinesisConfig } from "./kinesis-config.ts";
import { watchServerTime } from "./server-time.ts";
import { listShards } from "./shards.ts";
import { fixStart, type Start } from "./start.ts";

export interface FoundStream {
  /** Which of the streams of this name it is: the time it was made, in ms. */
  readonly created: string;
  readonly start: Start;
  /** How long it keeps a record. */
  readonly keptMs: number;
}

type Description = Omit<FoundStream, "start"> & { readonly status: string | undefined };

/** What is known of the stream of this name now. */
export async function describeStream(
  client: KinesisClient,
  stream: string,
  signal: AbortSignal,
): Promise<Description> {
  const asked = new DescribeStreamSummaryCommand({ StreamName: stream });
  const { StreamDescriptionSummary: found } = await ask((options) => client.send(asked, options), signal);
  return {
    status: found?.StreamStatus,
    created: String(found?.StreamCreationTimestamp?.getTime()),
    keptMs: (found?.RetentionPeriodHours ?? Number.POSITIVE_INFINITY) * 3_600_000,
  };
}

/** Looks for the stream, and decides where to start in it where nobody has yet. Rejects when it cannot be read now. */
export async function findStream(
  client: KinesisClient,
  { stream, shard, startPosition }: KinesisTriggerSpec,
  { parts, signal }: SourceContext<KinesisConfig>,
): Promise<FoundStream> {
  const serverTime = watchServerTime(client);
  const { status, created, keptMs } = await describeStream(client, stream, signal);
  if (status === "CREATING" || status === "DELETING")
    throw new SourceError("TopicNotFound", `The stream ${stream} is ${status}: it is waited for.`);
  const shards = await listShards(client, stream, signal);
  if (shard !== "" && !shards.some(({ id }) => id === shard))
    throw new SourceError(
      "TopicNotFound",
      `The stream ${stream} has no shard ${shard}: correct spec.shard, or remove it to read all shards.`,
    );
  const place = { client, stream, created, startPosition, shards, parts, serverTime, signal };
  return { created, keptMs, start: await fixStart(place) };
}
