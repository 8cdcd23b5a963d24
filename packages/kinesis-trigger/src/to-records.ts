import type { _Record as WireRecord } from "@aws-sdk/client-kinesis";
import type { Attempts, SourceRecord } from "@kubeless/trigger-kit";
import { isLikeAggregate, readAggregate, type UserRecord } from "./aggregated-record.ts";
import { isBehind, type Place } from "./checkpoint.ts";

/** Where a record stands: a shard, and a place in it. */
export interface KinesisPosition extends Place {
  readonly id: string;
  readonly shard: string;
}

export interface ShardView {
  readonly stream: string;
  readonly shard: string;
  /** Records up to here are left out. */
  readonly after: Place | undefined;
  readonly attempts: ReadonlyMap<string, Attempts>;
}

/** The tag of a record that says of a dead letter, by its id, that it was sent again. It is no event. */
export const REDRIVEN_TAG = "kubeless-redriven";

/** The events in records of a shard: several in one that a producer aggregated. */
export function toRecords(records: readonly WireRecord[], view: ShardView): SourceRecord[] {
  return toAllRecords(records, view).filter(({ headers }) => !(REDRIVEN_TAG in headers));
}

/** The events, and what was noted of them. */
export function toAllRecords(records: readonly WireRecord[], view: ShardView): SourceRecord[] {
  return records.flatMap((record) => toEvents(record, view));
}

/** The records in portions: an aggregated one, which may be thousands of events, by itself, others together. */
export function* toPortions(records: readonly WireRecord[]): Generator<readonly WireRecord[], void> {
  let others: WireRecord[] = [];
  for (const record of records) {
    if (record.Data === undefined || !isLikeAggregate(record.Data)) others.push(record);
    else {
      if (others.length > 0) yield others;
      others = [];
      yield [record];
    }
  }
  if (others.length > 0) yield others;
}

function toEvents(record: WireRecord, view: ShardView): SourceRecord[] {
  const data = record.Data ?? new Uint8Array();
  const users = readAggregate(data);
  if (users === undefined) {
    const user = { partitionKey: record.PartitionKey ?? "", data, tags: {} };
    return [toEvent(record, user, undefined, undefined, view)].filter(isWanted(view));
  }
  return users
    .map((user, sub) => toEvent(record, user, sub, sub === users.length - 1 ? undefined : sub, view))
    .filter(isWanted(view));
}

function isWanted({ after }: ShardView) {
  return ({ position }: SourceRecord) => after === undefined || isBehind(position as KinesisPosition, after);
}

/** When the last of an aggregated record is done, so is all of it: that place needs no number within it. */
function toEvent(
  record: WireRecord,
  { partitionKey, data, tags }: UserRecord,
  sub: number | undefined,
  placeInside: number | undefined,
  { stream, shard, attempts }: ShardView,
): SourceRecord {
  const { SequenceNumber: sequence = "", ApproximateArrivalTimestamp: time = new Date() } = record;
  const id = sub === undefined ? `${shard}:${sequence}` : `${shard}:${sequence}:${sub}`;
  const position: KinesisPosition = {
    id,
    shard,
    sequence,
    ...(placeInside === undefined ? {} : { sub: placeInside }),
  };
  return {
    id,
    time,
    key: Buffer.from(partitionKey),
    headers: toHeaders(tags),
    extensions: {
      stream,
      shard,
      sequence,
      key: partitionKey,
    },
    body: data,
    lane: shard,
    position,
    attempts: attempts.get(id),
  };
}

/** A Kinesis record has no headers; a producer's tags on an aggregated one serve as such. */
function toHeaders(tags: UserRecord["tags"]): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key.toLowerCase(), value]));
}
