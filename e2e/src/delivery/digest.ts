import { createHash } from "node:crypto";

/** What a call carried, to be compared. */
export const digestOf = (body: Uint8Array) => createHash("sha256").update(body).digest("base64");

/** The header that every event is published with, so that a dead letter can be asked for it. */
export const ownHeader = "written-by";

/** All that a dead letter has to keep of an event: key, own header and bytes. */
export function digestOfWhole(event: {
  readonly key: string;
  readonly header: string;
  readonly body: Uint8Array;
}): string {
  return digestOf(Buffer.from(JSON.stringify([event.key, event.header, digestOf(event.body)])));
}
