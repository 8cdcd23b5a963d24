import type { Headers, SourceRecord } from "@kubeless/trigger-kit";
import { writeAggregate } from "./aggregated-record.ts";

/** What a record of a stream may hold, its partition key counted in. */
const maxBytes = 1024 * 1024;

/**
 * A dead letter: the original bytes and partition key, in the format of the Kinesis Producer Library, whose tags carry the
 * headers that a Kinesis record has no place for. Whoever reads aggregated records, a trigger among them, gets the original.
 * Where that does not fit into a record, the original goes by itself: it is worth more than what is said of it.
 */
export function toDeadLetter(
  record: SourceRecord,
  headers: Headers,
): { readonly PartitionKey: string; readonly Data: Uint8Array } {
  const partitionKey = new TextDecoder().decode(record.key);
  const whole = writeAggregate([
    { partitionKey, data: record.body, tags: { ...record.headers, ...headers } },
  ]);
  const fits = whole.byteLength + Buffer.byteLength(partitionKey) <= maxBytes;
  return { PartitionKey: partitionKey, Data: fits ? whole : record.body };
}
