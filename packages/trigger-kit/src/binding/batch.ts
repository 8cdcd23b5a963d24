import { contentType, type EventHeaders } from "../event-headers.ts";
import type { SourceRecord } from "../source.ts";

/**
 * Several records as one body of `application/cloudevents-batch+json` (CloudEvents 1.0, JSON format, section 4): a JSON
 * array of events, with `data` where a record is JSON, else its text, else `data_base64`.
 */
export function toBatch(toHeaders: EventHeaders, records: readonly SourceRecord[]): Uint8Array {
  return new TextEncoder().encode(`[${records.map((record) => toEvent(toHeaders, record)).join(",")}]`);
}

const attribute = /^ce-(.+)$/;

function toEvent(toHeaders: EventHeaders, record: SourceRecord): string {
  const type = contentType(record);
  const headers = toHeaders(record, type);
  const attributes: Record<string, string | undefined> = {};
  for (let at = 0; at < headers.length; at += 2) {
    const name = attribute.exec(headers[at] ?? "")?.[1];
    if (name !== undefined) attributes[name] = headers[at + 1];
  }
  const { id, extensions } = record;
  const head = JSON.stringify({ ...attributes, id, ...extensions, datacontenttype: type });
  return `${head.slice(0, -1)},${toData(record, type)}}`;
}

function toData({ body }: SourceRecord, type: string): string {
  const text = decode(body);
  if (text === undefined) return `"data_base64":"${Buffer.from(body).toString("base64")}"`;
  return `"data":${/^application\/(.+\+)?json\b/.test(type) && isJson(text) ? text : JSON.stringify(text)}`;
}

function decode(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
