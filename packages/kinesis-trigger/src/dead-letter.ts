import { type KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import type { Headers, SourceRecord } from "@kubeless/trigger-kit";
import { writeAggregate } from "./aggregated-record.ts";
import { requestTimeoutMs } from "./kinesis-client.ts";
import { isRefused } from "./kinesis-error.ts";

/** What a record of any stream may hold; some may hold more. */
const smallestLimitBytes = 1_000_000;

/**
 * A dead letter: the original bytes and partition key, in the format of the Kinesis Producer Library, whose tags carry the
 * headers that a Kinesis record has no place for. Whoever reads aggregated records, a trigger among them, gets the original.
 * Where the stream refuses it as too large, the original goes by itself: it is worth more than what is said of it.
 */
export async function writeDeadLetter(
  client: KinesisClient,
  stream: string,
  record: SourceRecord,
  headers: Headers,
): Promise<void> {
  const partitionKey = new TextDecoder().decode(record.key) || "none";
  const whole = writeAggregate([
    { partitionKey, data: record.body, tags: { ...record.headers, ...headers } },
  ]);
  const put = (Data: Uint8Array) =>
    client.send(new PutRecordCommand({ StreamName: stream, PartitionKey: partitionKey, Data }), {
      abortSignal: AbortSignal.timeout(requestTimeoutMs),
    });
  await put(whole).catch((error: unknown) => {
    if (whole.byteLength <= smallestLimitBytes || !isRefused(error)) throw error;
    return put(record.body);
  });
}
