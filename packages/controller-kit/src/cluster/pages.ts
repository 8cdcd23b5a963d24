import type { Live } from "./kubernetes-object.ts";
import { type Resource, toPath, withKind } from "./resource.ts";
import type { RawRequest } from "./transport.ts";

export interface RequestOptions {
  signal?: AbortSignal | undefined;
}

export interface SelectOptions extends RequestOptions {
  /** Absent: all namespaces. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Only apiVersion, kind and metadata of each object (`PartialObjectMetadata`). */
  metadataOnly?: boolean | undefined;
}

export interface ListOptions extends SelectOptions {
  /** Objects per request. Default 500. */
  pageSize?: number | undefined;
}

export interface Page<T extends object> {
  items: Live<T>[];
  /** Where a watch continues. */
  resourceVersion: string;
  /** How many more there are, when the server says so. */
  remaining?: number | undefined;
}

type ReadJson = <T>(path: string, raw: RawRequest) => Promise<T>;

interface ListBody<T extends object> {
  apiVersion: string;
  kind: string;
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: Live<T>[] | null;
}

export async function* readPages<T extends object>(
  json: ReadJson,
  resource: Resource<T>,
  options: ListOptions = {},
) {
  const { pageSize = 500, signal, labelSelector, fieldSelector } = options;
  let next: string | undefined;
  do {
    const list: ListBody<T> = await json(toPath(resource, { namespace: options.namespace }), {
      signal,
      headers: acceptFor(options, "List"),
      query: { limit: pageSize, continue: next, labelSelector, fieldSelector },
    });
    next = list.metadata.continue || undefined;
    yield {
      items: (list.items ?? []).map((item) => withKind(resource, item)),
      resourceVersion: list.metadata.resourceVersion,
      remaining: list.metadata.remainingItemCount,
    };
  } while (next !== undefined);
}

export async function joinPages<T extends object>(pages: AsyncGenerator<Page<T>, void>): Promise<Page<T>> {
  const items: Live<T>[] = [];
  let resourceVersion = "";
  for await (const page of pages) {
    items.push(...page.items);
    resourceVersion = page.resourceVersion;
  }
  return { items, resourceVersion };
}

/** The Accept header that asks for whole objects or for their metadata only. */
export function acceptFor({ metadataOnly }: SelectOptions, suffix: "List" | ""): Record<string, string> {
  if (!metadataOnly) return {};
  return { accept: `application/json;as=PartialObjectMetadata${suffix};v=v1;g=meta.k8s.io` };
}
