import { createHash } from "node:crypto";

/** What tells two texts apart in the name of an object: 16 characters. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
