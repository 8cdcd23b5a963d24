import { RuntimeFailure } from "./errors.ts";
import type { CloudEvent } from "./function.ts";
import { essence, isJson } from "./media-type.ts";
import type { FunctionRequest } from "./request.ts";

/** True for a request whose body is a CloudEvent (structured mode) or many (batch mode). */
export function isEnvelope(contentType: string | undefined): boolean {
  return contentType !== undefined && /^\s*application\/cloudevents/i.test(contentType);
}

/**
 * Opens an envelope: a structured CloudEvent becomes the request that its binary form would have been (the same
 * headers, the same body), so that a function sees no difference. A batch stays one body, and is checked.
 * Source: CloudEvents 1.0, HTTP Protocol Binding 3.1–3.3 and JSON Event Format.
 * @throws RuntimeFailure `BAD_CLOUD_EVENT` or `FORMAT_UNSUPPORTED`.
 */
export function openEnvelope(request: FunctionRequest): void {
  const type = essence(request.headers["content-type"]);
  const content = request.body.toString("utf8");
  if (type === "application/cloudevents-batch+json") parseBatch(content);
  else if (type === "application/cloudevents+json")
    toBinaryMode(request, checkEvent(parse(content), "the event"));
  else throw new RuntimeFailure("FORMAT_UNSUPPORTED", type);
}

function parseBatch(content: string): void {
  const events = parse(content);
  if (!Array.isArray(events)) throw new RuntimeFailure("BAD_CLOUD_EVENT", "a batch is an array");
  for (const [index, event] of events.entries()) checkEvent(event, `event ${index} of the batch`);
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw new RuntimeFailure("BAD_CLOUD_EVENT", (cause as Error).message, { cause });
  }
}

function checkEvent(value: unknown, what: string): CloudEvent {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new RuntimeFailure("BAD_CLOUD_EVENT", `${what} is not an object`);
  const event = value as Record<string, unknown>;
  const missing = ["specversion", "id", "source", "type"].filter(
    (name) => typeof event[name] !== "string" || event[name] === "",
  );
  if (missing.length > 0) throw new RuntimeFailure("BAD_CLOUD_EVENT", `${what} has no ${missing.join(", ")}`);
  for (const name of ["datacontenttype", "data_base64"])
    if (typeof (event[name] ?? "") !== "string")
      throw new RuntimeFailure("BAD_CLOUD_EVENT", `${what} has a ${name} that is no text`);
  if (!isBase64(String(event.data_base64 ?? "")))
    throw new RuntimeFailure("BAD_CLOUD_EVENT", `${what} has a data_base64 that is not base64`);
  return event as unknown as CloudEvent;
}

/** RFC 4648, 4; the padding may be missing. Node decodes what it can of any other text, and says nothing. */
function isBase64(text: string): boolean {
  const digits = text.replace(/={1,2}$/, "");
  return digits.length % 4 !== 1 && !/[^A-Za-z0-9+/]/.test(digits);
}

function toBinaryMode(request: FunctionRequest, event: CloudEvent): void {
  const { data, data_base64, datacontenttype, ...attributes } = event;
  const type = datacontenttype ?? "application/json";
  const { headers } = request;
  for (const [name, value] of Object.entries(attributes))
    if (/^[a-z0-9]+$/.test(name) && value !== null && value !== undefined)
      headers[`ce-${name}`] = encodeHeader(value);
  headers["content-type"] = type;
  request.body = toBody(data, data_base64 ?? undefined, type);
  headers["content-length"] = String(request.body.length);
}

function toBody(data: unknown, base64: string | undefined, type: string): Buffer {
  if (base64 !== undefined) return Buffer.from(base64, "base64");
  if (data === undefined) return Buffer.alloc(0);
  return Buffer.from(typeof data === "string" && !isJson(type, true) ? data : JSON.stringify(data));
}

/** What a header cannot hold is percent-encoded, as in binary mode. */
function encodeHeader(value: unknown): string {
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.toWellFormed().replace(/[^\x21\x23-\x24\x26-\x7e]/gu, encodeURIComponent);
}
