import type { IncomingHttpHeaders } from "node:http";

/** The media type without its parameters, in lower case. */
export function essence(contentType: string | undefined): string {
  if (contentType === undefined) return "";
  const end = contentType.indexOf(";");
  return (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

export function isMultipart(contentType: string | undefined): boolean {
  return contentType !== undefined && /^\s*multipart\//i.test(contentType);
}

/** `application/json`, and for CloudEvents `+json` too. A batch of CloudEvents is always JSON. */
export function isJson(contentType: string | undefined, cloudEvent: boolean): boolean {
  if (contentType === "application/json") return true;
  const type = essence(contentType);
  if (type === "application/json" || type === "application/cloudevents-batch+json") return true;
  return cloudEvent && type.endsWith("+json");
}

/** A CloudEvent in binary mode says so by its headers. */
export function isCloudEvent(headers: IncomingHttpHeaders): boolean {
  return headers["ce-specversion"] !== undefined;
}
