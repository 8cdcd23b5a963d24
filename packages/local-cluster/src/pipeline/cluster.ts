import type { Clock } from "../api/cluster-api.ts";
import type { BuiltinSchemas } from "../kinds/builtin-schemas.ts";
import type { Registry } from "../kinds/registry.ts";
import type { Resource, Version } from "../kinds/resource.ts";
import type { NodeAgent } from "../node/node-agent.ts";
import type { TypeDefaults } from "../schema/defaults.ts";
import type { Store } from "../store/store.ts";
import type { TokenIssuer } from "../subresources/tokens.ts";

export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What every stage of a request has at hand. */
export interface Cluster {
  readonly registry: Registry;
  readonly store: Store;
  readonly schemas: BuiltinSchemas;
  readonly defaults: TypeDefaults;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tokens: TokenIssuer;
  /** The cluster's certificate authority, PEM. */
  readonly authority: string;
  /** What runs pods; absent while only the API server runs. */
  node: NodeAgent | undefined;
}

/** The object a request is about. */
export interface Target {
  readonly resource: Resource;
  readonly version: Version;
  readonly namespace?: string;
  readonly name: string;
  readonly subresource?: string;
}

export interface WriteOptions {
  /** Under whose name changed fields are recorded. */
  readonly manager: string;
  readonly dryRun: boolean;
  readonly fieldValidation: "Strict" | "Warn" | "Ignore";
  readonly force: boolean;
  /** Tells the client something that does not fail its request. */
  readonly warn: (message: string) => void;
  /** The cluster's own controllers may write what users may not. */
  readonly internal: boolean;
}

export function nowText(clock: Clock): string {
  return toTime(clock.now());
}

/** RFC 3339 to the second, as `metav1.Time` is written. */
export function toTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
