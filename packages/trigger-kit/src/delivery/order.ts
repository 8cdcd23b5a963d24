import type { Ordering, SourceRecord } from "../source.ts";

/**
 * What a record must wait behind: nothing, its lane, or its key within its lane. Records without a key are ordered with
 * nobody where order is by key.
 */
export function orderKey(ordering: Ordering, record: SourceRecord): string | undefined {
  if (ordering === "none") return undefined;
  if (ordering === "partition") return record.lane;
  return record.key === undefined
    ? undefined
    : `${record.lane}\n${Buffer.from(record.key).toString("latin1")}`;
}
