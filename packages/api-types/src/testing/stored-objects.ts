import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface StoredObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly finalizers?: readonly string[] };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** What the original CLI, version 1.0.8, wrote. */
export const cliObjects = (): readonly StoredObject[] => load("cli-1.0.8.json");

/** What the UI, the Serverless plugin and people wrote, nulls and old finalizers included. */
export const otherObjects = (): readonly StoredObject[] => load("other-clients.json");

function load(file: string): readonly StoredObject[] {
  const text = readFileSync(join(import.meta.dirname, "..", "fixtures", file), "utf8");
  return (JSON.parse(text) as { items: StoredObject[] }).items;
}
