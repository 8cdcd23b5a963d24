import { setTimeout } from "node:timers/promises";
import { FIELD_MANAGER } from "@kubeless/api-types";
import type { KubeConfig } from "@kubernetes/client-node";
import { isExpired, isNotFound, toApiError } from "./api-error.ts";
import type { KubernetesObject, Live, ObjectName } from "./kubernetes-object.ts";
import { joinPages, type ListOptions, type Page, type RequestOptions, readPages } from "./pages.ts";
import { type Resource, toPath, withKind } from "./resource.ts";
import { createTransport, type RawRequest, type RawResponse, type Transport } from "./transport.ts";
import { openWatch, type WatchEvent, type WatchOptions } from "./watch.ts";

export interface WriteOptions extends RequestOptions {
  subresource?: "status" | "scale" | undefined;
  dryRun?: boolean | undefined;
  /** Default: the client's. */
  fieldManager?: string | undefined;
}

export type PatchType = "merge" | "json" | "strategic";

export interface DeleteOptions extends RequestOptions {
  /** Default `Background`. */
  propagationPolicy?: "Orphan" | "Background" | "Foreground" | undefined;
  gracePeriodSeconds?: number | undefined;
  /** Deletes only that very object, in that very version; otherwise `Conflict`. */
  preconditions?: { uid?: string | undefined; resourceVersion?: string | undefined } | undefined;
}

export type WritableObject = KubernetesObject & { metadata: { name: string } };

/**
 * A typed client of any kind over one pool of keep-alive connections. Everything rejects with `ApiError`, or with the
 * signal's reason when aborted. Answers 429 with `Retry-After` are waited out (up to 5 times).
 */
export interface ClusterClient {
  /** The API server's address. */
  readonly server: string;
  /** The namespace of the kubeconfig's context, else `default`. */
  readonly namespace: string;
  get<T extends object>(resource: Resource<T>, name: ObjectName, options?: RequestOptions): Promise<Live<T>>;
  /** Like `get`; undefined when there is no such object (or no such kind). */
  find<T extends object>(
    resource: Resource<T>,
    name: ObjectName,
    options?: RequestOptions,
  ): Promise<Live<T> | undefined>;
  /** The whole list, read in pages of one consistent version. */
  list<T extends object>(resource: Resource<T>, options?: ListOptions): Promise<Page<T>>;
  /** The list page by page; `Expired` when it took so long that the version is gone. */
  pages<T extends object>(resource: Resource<T>, options?: ListOptions): AsyncGenerator<Page<T>, void>;
  create<T extends object>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<Live<T>>;
  /** With `metadata.resourceVersion` set, `Conflict` when the object changed since. */
  replace<T extends object>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<Live<T>>;
  patch<T extends object>(
    resource: Resource<T>,
    name: ObjectName,
    patch: object,
    options?: WriteOptions & { type?: PatchType | undefined },
  ): Promise<Live<T>>;
  /**
   * Server-side apply: the object becomes what is given in the fields given, fields given before and not any more go.
   * With `metadata.resourceVersion`, `Conflict` when the object changed since. `force` (default true) takes fields
   * from other managers. https://kubernetes.io/docs/reference/using-api/server-side-apply/
   */
  apply<T extends object>(
    resource: Resource<T>,
    object: object,
    options?: WriteOptions & { force?: boolean | undefined },
  ): Promise<Live<T>>;
  delete(resource: Resource<object>, name: ObjectName, options?: DeleteOptions): Promise<void>;
  /** Events until the server ends the watch; an ERROR event is thrown as `ApiError` (`Expired`: list again). */
  watch<T extends object>(resource: Resource<T>, options: WatchOptions): AsyncGenerator<WatchEvent<T>, void>;
  /** The same, as many events at a time as arrived together: for those who take thousands a second. */
  watchBatches<T extends object>(
    resource: Resource<T>,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>[], void>;
  /** Any path, any answer, streaming both ways: the service proxy, logs, discovery. Does not throw on a status. */
  request(path: string, request?: RawRequest): Promise<RawResponse>;
  /**
   * The same client on the same connections, with `check` called synchronously right before each write is sent: what
   * it throws is thrown, and nothing is sent.
   */
  fenced(check: () => void): ClusterClient;
  close(): Promise<void>;
}

export interface ClusterClientOptions {
  kubeConfig: KubeConfig;
  /** Who our writes are by, in `metadata.managedFields`. Default `kubeless`. */
  fieldManager?: string | undefined;
  userAgent?: string | undefined;
}

/** Builds a client for the current context; connects on first use. */
export function createClusterClient(options: ClusterClientOptions): ClusterClient {
  const { kubeConfig, fieldManager = FIELD_MANAGER, userAgent = "kubeless" } = options;
  const namespace = kubeConfig.getContextObject(kubeConfig.currentContext)?.namespace || "default";
  return createClient({ transport: createTransport(kubeConfig), namespace, fieldManager, userAgent });
}

interface ClientParts {
  transport: Transport;
  namespace: string;
  fieldManager: string;
  userAgent: string;
}

function createClient({ transport, namespace, fieldManager, userAgent }: ClientParts): ClusterClient {
  const request: ClusterClient["request"] = (path, raw = {}) =>
    transport.request(path, { ...raw, headers: { "user-agent": userAgent, ...raw.headers } });

  const json = <T>(path: string, raw: RawRequest) => requestJson<T>(request, path, raw);

  const write = (options: WriteOptions = {}) => ({
    signal: options.signal,
    query: { fieldManager: options.fieldManager ?? fieldManager, dryRun: options.dryRun ? "All" : undefined },
  });

  const client: ClusterClient = {
    server: transport.origin,
    namespace,
    request,
    close: transport.close,
    get: (resource, name, options = {}) => json(toPath(resource, name), { signal: options.signal }),
    find: async (resource, name, options) => {
      try {
        return await client.get(resource, name, options);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    list: async (resource, options) => {
      try {
        return await joinPages(client.pages(resource, options));
      } catch (error) {
        if (!isExpired(error)) throw error;
        return joinPages(client.pages(resource, options));
      }
    },
    pages: (resource, options) => readPages(json, resource, options),
    create: (resource, object, options) => {
      const { namespace } = metadataOf(object);
      const path = toPath(resource, { namespace });
      return json(path, { ...write(options), method: "POST", ...jsonBody(withKind(resource, object)) });
    },
    replace: (resource, object, options) =>
      json(toPath(resource, { ...metadataOf(object), ...subresourceOf(options) }), {
        ...write(options),
        method: "PUT",
        ...jsonBody(withKind(resource, object)),
      }),
    patch: (resource, name, patch, options = {}) =>
      json(toPath(resource, { ...name, ...subresourceOf(options) }), {
        ...write(options),
        method: "PATCH",
        ...jsonBody(patch, PATCH_TYPES[options.type ?? "merge"]),
      }),
    apply: (resource, object, options = {}) => {
      const common = write(options);
      return json(toPath(resource, { ...metadataOf(object), ...subresourceOf(options) }), {
        ...common,
        query: { ...common.query, force: options.force ?? true },
        method: "PATCH",
        ...jsonBody(withKind(resource, object), "application/apply-patch+yaml"),
      });
    },
    delete: async (resource, name, { signal, propagationPolicy = "Background", ...rest } = {}) => {
      const body = jsonBody({ propagationPolicy, ...rest });
      await json(toPath(resource, name), { signal, method: "DELETE", ...body });
    },
    watchBatches: (resource, options) => openWatch(request, resource, options),
    watch: async function* (resource, options) {
      for await (const events of openWatch(request, resource, options)) yield* events;
    },
    fenced: (check) =>
      createClient({ transport: fenceWrites(transport, check), namespace, fieldManager, userAgent }),
  };
  return client;
}

/** Checks add up: those given earlier come after the new one, closest to the wire. */
function fenceWrites(transport: Transport, check: () => void): Transport {
  const checkBoth = (earlier: (() => void) | undefined) => () => {
    earlier?.();
    check();
  };
  return {
    ...transport,
    request: (path, raw = {}) => {
      const isRead = (raw.method ?? "GET") === "GET";
      return transport.request(path, isRead ? raw : { ...raw, beforeSend: checkBoth(raw.beforeSend) });
    },
  };
}

const PATCH_TYPES: Readonly<Record<PatchType, string>> = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
};

const MAX_RETRIES = 5;

async function requestJson<T>(request: ClusterClient["request"], path: string, raw: RawRequest): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    const answer = await request(path, raw);
    const text = await answer.body.text();
    if (answer.status < 300) return JSON.parse(text) as T;
    const retryAfter = answer.status === 429 ? Number(answer.headers["retry-after"]) : Number.NaN;
    if (!(retryAfter >= 0) || attempt === MAX_RETRIES) {
      throw toApiError({ method: raw.method ?? "GET", path }, answer.status, text);
    }
    await setTimeout(retryAfter * 1000, undefined, raw.signal ? { signal: raw.signal } : {});
  }
}

function metadataOf(object: object): { namespace?: string | undefined; name?: string | undefined } {
  const { namespace, name } = (object as KubernetesObject).metadata ?? {};
  return { namespace, name };
}

function subresourceOf(options: WriteOptions = {}) {
  return { subresource: options.subresource };
}

function jsonBody(value: object, type = "application/json") {
  return { body: JSON.stringify(value), headers: { "content-type": type } };
}
