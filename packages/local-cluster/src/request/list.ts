import type { KubeObject } from "../api/cluster-api.ts";
import { badRequest, StatusError } from "../errors.ts";
import type { Served } from "../kinds/registry.ts";
import { apiVersionOf } from "../kinds/resource.ts";
import type { Accepted } from "../negotiation/accept.ts";
import type { Serializer } from "../negotiation/serializer.ts";
import type { Cluster } from "../pipeline/cluster.ts";
import { fromStorage } from "../pipeline/conversion.ts";
import { toPartial, toTable } from "../printers/table.ts";
import { selectionOf } from "../watch/selection.ts";
import { tooLarge } from "../watch/start.ts";
import { includeOf } from "../watch/watch-events.ts";

/** Lists begun in pages, so that every page shows the state of the first. */
export interface Pages {
  begin(revision: number, rest: readonly KubeObject[]): string;
  /** Throws Expired for a token that is no longer known. */
  take(token: string): { revision: number; rest: readonly KubeObject[] };
}

export function createPages(limit = 1000): Pages {
  const open = new Map<string, { revision: number; rest: readonly KubeObject[] }>();
  let next = 0;
  return {
    begin(revision, rest) {
      next += 1;
      const token = Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, page: next })).toString(
        "base64url",
      );
      open.set(token, { revision, rest });
      const oldest = open.keys().next().value;
      if (open.size > limit && oldest !== undefined) open.delete(oldest);
      return token;
    },
    take(token) {
      const page = open.get(token);
      if (page !== undefined) return page;
      if (!isToken(token)) throw badRequest("invalid continue token: continue key is not valid");
      throw new StatusError(
        "Expired",
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.",
      );
    },
  };
}

function isToken(text: string): boolean {
  try {
    return typeof JSON.parse(Buffer.from(text, "base64url").toString()) === "object";
  } catch {
    return false;
  }
}

/** The JSON text of a list in the accepted form. */
export function listText(
  cluster: Cluster,
  serializer: Serializer,
  pages: Pages,
  served: Served,
  namespace: string | undefined,
  query: URLSearchParams,
  accepted: Accepted,
): string {
  const { items, metadata } = select(cluster, pages, served, namespace, query);
  const { resource, version } = served;
  const shown = items.map((item) => fromStorage(served, item, version));
  const apiVersion = apiVersionOf(resource.group, version.name);
  if (accepted.as === "Table") {
    const parts = {
      resource,
      version,
      metaVersion: accepted.version,
      includeObject: includeOf(query),
      now: cluster.clock.now(),
    };
    return JSON.stringify(toTable(version.fromStorage === undefined ? shown : items, metadata, parts));
  }
  if (accepted.as !== "Object") {
    const partials = shown.map((item) => toPartial(item, accepted.version));
    return JSON.stringify({
      kind: "PartialObjectMetadataList",
      apiVersion: `meta.k8s.io/${accepted.version}`,
      metadata,
      items: partials,
    });
  }
  const head = JSON.stringify({ kind: resource.listKind, apiVersion, metadata });
  return `${head.slice(0, -1)},"items":[${shown.map((item) => serializer.text(item)).join(",")}]}`;
}

interface Page {
  readonly items: readonly KubeObject[];
  readonly metadata: object;
}

function select(
  cluster: Cluster,
  pages: Pages,
  served: Served,
  namespace: string | undefined,
  query: URLSearchParams,
): Page {
  const selection = selectionOf(served, namespace, query);
  const asked = query.get("resourceVersion") ?? "";
  if (asked !== "" && !/^\d+$/.test(asked))
    throw badRequest(`Invalid value: "${asked}": a resource version is a number`);
  if (Number(asked) > cluster.store.revision) throw tooLarge(Number(asked), cluster.store.revision);
  const token = query.get("continue");
  const limit = Number(query.get("limit") ?? 0);
  const known = token ? pages.take(token) : undefined;
  const all = known?.rest ?? cluster.store.list(served.resource.storedAs).filter(selection);
  const revision = known?.revision ?? cluster.store.revision;
  if (
    query.get("resourceVersionMatch") === "Exact" &&
    asked !== "" &&
    Number(asked) !== revision &&
    known === undefined
  ) {
    throw new StatusError("Expired", `The resourceVersion for the provided list is too old: ${asked}`);
  }
  const resourceVersion = String(revision);
  if (limit <= 0 || all.length <= limit) return { items: all, metadata: { resourceVersion } };
  const rest = all.slice(limit);
  const hasSelector = Boolean(query.get("labelSelector") || query.get("fieldSelector"));
  const more = { resourceVersion, continue: pages.begin(revision, rest) };
  return {
    items: all.slice(0, limit),
    metadata: hasSelector ? more : { ...more, remainingItemCount: rest.length },
  };
}
