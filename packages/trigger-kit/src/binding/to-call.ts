import { BATCH_CONTENT_TYPE, eventHeaders } from "@kubeless/api-types";
import type { EventHeaders } from "../event-headers.ts";
import type { Call } from "../invoker/invoker.ts";
import type { SourceRecord } from "../source.ts";
import { toBatch } from "./batch.ts";

/** The call that brings these records: one as it is, or all of them as a batch, with the headers of the first. */
export function toCall(toHeaders: EventHeaders, records: readonly SourceRecord[], isBatch: boolean): Call {
  const [first] = records;
  if (first === undefined) throw new TypeError("There is nothing to call a function with.");
  const headers = toHeaders(first);
  if (!isBatch) return { headers, body: first.body, wantsReply: first.reply !== undefined };
  const types = { "content-type": BATCH_CONTENT_TYPE, [eventHeaders.type]: BATCH_CONTENT_TYPE };
  return { headers: { ...headers, ...types }, body: toBatch(toHeaders, records), wantsReply: true };
}
