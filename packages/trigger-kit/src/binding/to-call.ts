import { BATCH_CONTENT_TYPE } from "@kubeless/api-types";
import type { EventHeaders } from "../event-headers.ts";
import type { Call } from "../invoker/invoker.ts";
import type { SourceRecord } from "../source.ts";
import { toBatch } from "./batch.ts";

/** The call that brings these records: one as it is, or all of them as a batch, with the headers of the first. */
export function toCall(toHeaders: EventHeaders, records: readonly SourceRecord[], isBatch: boolean): Call {
  const [first] = records;
  if (first === undefined) throw new TypeError("There is nothing to call a function with.");
  if (!isBatch) return { headers: toHeaders(first), body: first.body, wantsReply: first.reply !== undefined };
  const headers = toHeaders(first, BATCH_CONTENT_TYPE);
  return { headers, body: toBatch(toHeaders, records), wantsReply: true };
}
