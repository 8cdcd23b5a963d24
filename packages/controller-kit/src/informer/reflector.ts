import { setTimeout } from "node:timers/promises";
import { isExpired, isNotFound } from "../cluster/api-error.ts";
import type { ClusterClient } from "../cluster/client.ts";
import { type Live, toKey } from "../cluster/kubernetes-object.ts";
import type { SelectOptions } from "../cluster/pages.ts";
import type { Resource } from "../cluster/resource.ts";
import type { Logger } from "../log/logger.ts";
import type { Backoff } from "./backoff.ts";

export interface ReflectorOptions<T extends object> extends SelectOptions {
  client: ClusterClient;
  resource: Resource<T>;
  signal: AbortSignal;
  logger: Logger;
  backoff: Backoff;
  pageSize?: number | undefined;
  idleTimeoutMs?: number | undefined;
  /** The API server said something. */
  heard(): void;
  upsert(object: Live<T>): void;
  remove(key: string): void;
  /** The cluster need not serve the kind. */
  optional?: boolean | undefined;
  /** A list is complete: these are all keys there are; none when the kind is not served. */
  listed(keys: ReadonlySet<string>, isServed: boolean): void;
}

/** Lists, then watches, for ever; resolves when the signal is aborted and never rejects. */
export async function runReflector<T extends object>(options: ReflectorOptions<T>): Promise<void> {
  const { signal, logger, backoff, resource } = options;
  let resourceVersion: string | undefined;
  while (!signal.aborted) {
    try {
      resourceVersion ??= await listAll(options);
      for await (const version of watchFrom(options, resourceVersion)) resourceVersion = version;
    } catch (error) {
      if (signal.aborted) return;
      const isAbsent = options.optional === true && isNotFound(error);
      if (isExpired(error) || isAbsent) resourceVersion = undefined;
      if (isAbsent) tellAbsence(options);
      const delayMs = Math.round(backoff.nextMs());
      if (isAbsent) logger.debug({ kind: resource.kind, delayMs }, "The cluster does not serve this kind");
      else logger.warn({ kind: resource.kind, delayMs, err: error }, "Lost the watch; trying again");
      await setTimeout(delayMs, undefined, { signal }).catch(() => {});
    }
  }
}

function tellAbsence<T extends object>({ heard, listed }: ReflectorOptions<T>): void {
  heard();
  listed(new Set(), false);
}

async function listAll<T extends object>(options: ReflectorOptions<T>): Promise<string> {
  const { client, resource, upsert, heard } = options;
  const keys = new Set<string>();
  let resourceVersion = "";
  for await (const page of client.pages(resource, options)) {
    heard();
    for (const item of page.items) {
      keys.add(toKey(item.metadata));
      upsert(item);
    }
    resourceVersion = page.resourceVersion;
  }
  options.listed(keys, true);
  return resourceVersion;
}

/** One watch; yields every resourceVersion it has got to. A clean end that brought nothing at once counts as a fault. */
async function* watchFrom<T extends object>(options: ReflectorOptions<T>, resourceVersion: string) {
  const { client, resource, heard, backoff } = options;
  const openedAt = performance.now();
  let events = 0;
  for await (const batch of client.watchBatches(resource, { ...options, resourceVersion })) {
    heard();
    backoff.reset();
    for (const event of batch) {
      events += 1;
      if (event.type === "DELETED") options.remove(toKey(event.object.metadata));
      else if (event.type !== "BOOKMARK") options.upsert(event.object);
    }
    const last = batch.at(-1);
    if (last !== undefined) yield last.object.metadata.resourceVersion;
  }
  if (events === 0 && performance.now() - openedAt < 1_000) throw new Error("The watch ended at once.");
}
