import { createHash } from "node:crypto";
import { isEqual } from "../../patch/json-patch.ts";
import type { PodTemplate } from "../replicaset/replicaset.ts";
import { hashLabel } from "./deployment.ts";

/** Letters and digits of which no word is made by accident. */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";

/** What names the replica set of a template; another one for each count of collisions. */
export function templateHash(template: PodTemplate, collisionCount: number): string {
  const digest = createHash("sha256").update(canonical(template)).update(String(collisionCount)).digest();
  return [...String(digest.readUInt32BE())]
    .map((digit) => alphabet[digit.charCodeAt(0) % alphabet.length])
    .join("");
}

/** Whether pods of both are the same, whatever hash they are labelled with. */
export function isSameTemplate(left: PodTemplate, right: PodTemplate): boolean {
  return isEqual(withoutHash(left), withoutHash(right));
}

function withoutHash(template: PodTemplate): object {
  const { labels, ...metadata } = template.metadata ?? {};
  const { [hashLabel]: _, ...others } = labels ?? {};
  return { ...template, metadata: { ...metadata, labels: others } };
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
