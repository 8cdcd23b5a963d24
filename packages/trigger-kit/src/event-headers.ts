import {
  cloudEventHeaders,
  deadLetterHeaders,
  eventHeaders,
  eventSource,
  eventType,
  GROUP,
  TRACE_PARENT_HEADER,
} from "@kubeless/api-types";
import type { HeaderList } from "./invoker/invoker.ts";
import type { Cause, Headers, SourceRecord } from "./source.ts";

/** Whose events these are: what is the same in the headers of all of a binding's calls. */
export interface EventOrigin {
  readonly namespace: string;
  /** The trigger's name, and the plural of its kind, in lower case. */
  readonly trigger: string;
  readonly plural: string;
  /** The source's short name, as it stands in `ce-type`. */
  readonly source: string;
}

/**
 * Gives the headers of calls: those of Kubeless (`event-id`, `event-time`, `event-type`, `event-namespace`) and those of
 * CloudEvents 1.0 in binary mode (HTTP protocol binding, section 3.1). `event-id` and `ce-id` are the record's position,
 * the same over retries and redeliveries. `traceparent` and `tracestate` are passed through.
 */
export function createEventHeaders(origin: EventOrigin): EventHeaders {
  const ofAll = Object.entries({
    [eventHeaders.namespace]: `${origin.plural}.${GROUP}`,
    [cloudEventHeaders.specVersion]: "1.0",
    [cloudEventHeaders.type]: eventType(origin.source),
    [cloudEventHeaders.source]: eventSource(origin.namespace, origin.plural, origin.trigger),
  }).flat();
  const spell = createSpelling();
  const toExtension = createExtensionNames();
  return (record, type = contentType(record)) => {
    const id = toHeaderValue(record.id);
    const { iso, go } = spell(record.time);
    const headers = [...ofAll];
    headers.push("content-type", type, eventHeaders.type, type);
    headers.push(eventHeaders.id, id, cloudEventHeaders.id, id);
    headers.push(eventHeaders.time, go, cloudEventHeaders.time, iso);
    for (const name in record.extensions) {
      const value = record.extensions[name];
      if (fits(value)) headers.push(toExtension(name), toHeaderValue(value));
    }
    for (const name of passedThrough) {
      const value = record.headers[name];
      if (fits(value)) headers.push(name, toHeaderValue(value));
    }
    return headers;
  };
}

/** A record's headers; `type` is its content type, where it is not the record's own. */
export type EventHeaders = (record: SourceRecord, type?: string) => HeaderList;

/** Servers take 8 to 16 KiB of headers, and refuse a call that has more. A longer value is left out. */
const longestHeader = 2_048;

function fits(value: string | undefined): value is string {
  return value !== undefined && value.length <= longestHeader;
}

const passedThrough = [TRACE_PARENT_HEADER, "tracestate"];

/** What a dead letter says of itself, beside the record's own headers. */
export function toDeadLetterHeaders(
  origin: EventOrigin,
  functionName: string,
  record: SourceRecord,
  cause: Cause,
  now: Date,
): Headers {
  return {
    [deadLetterHeaders.id]: toHeaderValue(record.id),
    [deadLetterHeaders.trigger]: `${origin.namespace}/${origin.trigger}`,
    [deadLetterHeaders.function]: functionName,
    [deadLetterHeaders.reason]: cause.reason,
    [deadLetterHeaders.cause]: toHeaderValue(cause.message),
    [deadLetterHeaders.attempts]: String(cause.attempts),
    [deadLetterHeaders.lastAttempt]: now.toISOString(),
    ...(cause.status === undefined ? {} : { [deadLetterHeaders.status]: String(cause.status) }),
  };
}

/** Names of extensions as headers, each made once: a source has few, and names that are known cost a call nothing. */
function createExtensionNames(): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const header = known.get(name) ?? `ce-${name}`;
    known.set(name, header);
    return header;
  };
}

/** A time in both of its spellings, found once for records of the same millisecond. */
function createSpelling(): (time: Date) => { readonly iso: string; readonly go: string } {
  let last = { ms: Number.NaN, iso: "", go: "" };
  return (time) => {
    const ms = time.getTime();
    if (last.ms !== ms) {
      const iso = time.toISOString();
      last = { ms, iso, go: toGoTime(iso) };
    }
    return last;
  };
}

/** An ISO time as Go prints it in UTC, which is what Kubeless' triggers sent: `2018-05-18 05:40:42.88 +0000 UTC`. */
export function toGoTime(iso: string): string {
  const fraction = iso.slice(20, 23).replace(/0+$/, "");
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${fraction === "" ? "" : `.${fraction}`} +0000 UTC`;
}

/**
 * The record's own content type where it has one. Else JSON where it is JSON (any value, not only an object), and what
 * Kubeless said of everything else.
 */
export function contentType(record: SourceRecord): string {
  const own = record.headers["content-type"];
  if (fits(own)) return toHeaderValue(own);
  return isJson(record.body) ? "application/json" : "application/x-www-form-urlencoded";
}

const jsonStart = /^[\s]*(?:[[{"\-0-9]|true|false|null)/;
const decoder = new TextDecoder("utf-8", { fatal: true });

function isJson(body: Uint8Array): boolean {
  if (body.byteLength === 0) return false;
  try {
    const text = decoder.decode(body);
    if (!jsonStart.test(text)) return false;
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A header's value in printable ASCII: the rest, and the percent sign, percent-encoded (CloudEvents HTTP, section 3.1.3.2). */
export function toHeaderValue(value: string): string {
  if (/^[\x20\x21\x23\x24\x26-\x7e]*$/.test(value)) return value;
  return value.replace(/[^\x20\x21\x23\x24\x26-\x7e]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
      .join(""),
  );
}
