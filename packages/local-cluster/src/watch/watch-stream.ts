import type { ServerResponse } from "node:http";
import type { KubeObject } from "../api/cluster-api.ts";
import { badRequest, hasReason, StatusError } from "../errors.ts";
import type { Served } from "../kinds/registry.ts";
import { apiVersionOf } from "../kinds/resource.ts";
import type { Accepted } from "../negotiation/accept.ts";
import type { Serializer } from "../negotiation/serializer.ts";
import type { Cluster } from "../pipeline/cluster.ts";
import { fromStorage } from "../pipeline/conversion.ts";
import { type IncludeObject, toPartial, toTable } from "../printers/table.ts";
import type { Logged } from "../store/store.ts";
import { type Selection, selectionOf } from "./selection.ts";

export interface WatchRequest {
  readonly served: Served;
  readonly namespace: string | undefined;
  readonly query: URLSearchParams;
  readonly accepted: Accepted;
  /** Ends the watch early: tests of how clients take that. */
  readonly cutAfterMs: number | undefined;
}

const bookmarkEveryMs = 60_000;
/** A client that does not read is let go when this much waits for it. */
const backlogLimitBytes = 16 * 1024 * 1024;
const initialEventsEnd = { "k8s.io/initial-events-end": "true" };

/** Answers a watch: what is there (when asked for), then every later event, as one JSON document a line. */
export function streamWatch(
  cluster: Cluster,
  serializer: Serializer,
  request: WatchRequest,
  response: ServerResponse,
): void {
  const { served, query } = request;
  const selection = selectionOf(served, request.namespace, query);
  const start = startOf(cluster, served, query, selection);
  if (start instanceof StatusError) {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(`${JSON.stringify({ type: "ERROR", object: start.toStatus() })}\n`);
    return;
  }
  const writer = createWriter(cluster, serializer, request, response);
  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-cache, private" });
  response.flushHeaders();
  for (const object of start.initial) writer.write("ADDED", object);
  if (query.get("sendInitialEvents") === "true") writer.bookmark(cluster.store.revision, initialEventsEnd);
  for (const event of start.missed) forward(event, selection, writer);
  const unsubscribe = cluster.store.subscribe(served.resource.storedAs, (event) =>
    forward(event, selection, writer),
  );
  const end = keepAlive(cluster, request, writer, response);
  response.on("close", () => {
    unsubscribe();
    end();
  });
}

interface Start {
  readonly initial: readonly KubeObject[];
  readonly missed: readonly Logged[];
}

/** Where the watch begins; a revision that is no longer known is told as an ERROR event, as kube-apiserver does. */
function startOf(
  cluster: Cluster,
  { resource }: Served,
  query: URLSearchParams,
  selection: Selection,
): Start | StatusError {
  const text = query.get("resourceVersion") ?? "";
  const sendInitial = query.get("sendInitialEvents");
  if (sendInitial !== null && query.get("resourceVersionMatch") !== "NotOlderThan") {
    throw new StatusError(
      "Invalid",
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    );
  }
  if (text !== "" && !/^\d+$/.test(text))
    throw badRequest(`Invalid value: "${text}": a resource version is a number`);
  const wantsAll = sendInitial === null ? text === "" || text === "0" : sendInitial === "true";
  if (Number(text) > cluster.store.revision) throw tooLarge(Number(text), cluster.store.revision);
  if (wantsAll) return { initial: cluster.store.list(resource.storedAs).filter(selection), missed: [] };
  if (text === "" || text === "0") return { initial: [], missed: [] };
  try {
    return { initial: [], missed: cluster.store.since(resource.storedAs, Number(text)) };
  } catch (error) {
    if (hasReason(error, "Expired")) return error as StatusError;
    throw error;
  }
}

export function tooLarge(asked: number, current: number): StatusError {
  return new StatusError("Timeout", `Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

/** An object that leaves the selection is deleted for this watcher, one that enters it is new. */
function forward(event: Logged, selection: Selection, writer: Writer): void {
  const before = event.previous !== undefined && selection(event.previous);
  const after = event.type !== "DELETED" && selection(event.object);
  if (after) writer.write(before ? "MODIFIED" : "ADDED", event.object);
  else if (before) writer.write("DELETED", event.type === "DELETED" ? event.object : atRevision(event));
}

function atRevision({ object, previous, revision }: Logged): KubeObject {
  const last = previous ?? object;
  return { ...last, metadata: { ...last.metadata, resourceVersion: String(revision) } };
}

interface Writer {
  write(type: string, object: KubeObject): void;
  bookmark(revision: number, annotations?: Record<string, string>): void;
}

function createWriter(
  cluster: Cluster,
  serializer: Serializer,
  request: WatchRequest,
  response: ServerResponse,
): Writer {
  const { served, accepted, query } = request;
  const { resource, version } = served;
  let isFirst = true;
  const send = (type: string, text: string) => {
    response.write(`{"type":"${type}","object":${text}}\n`);
    if (response.writableLength > backlogLimitBytes) response.destroy();
  };
  const table = (object: KubeObject) => {
    const parts = {
      resource,
      version,
      metaVersion: accepted.version,
      includeObject: includeOf(query),
      now: cluster.clock.now(),
    };
    const shown = toTable([object], { resourceVersion: object.metadata.resourceVersion }, parts, isFirst);
    isFirst = false;
    return shown;
  };
  return {
    write(type, stored) {
      if (accepted.as === "Table")
        send(
          type,
          JSON.stringify(
            table(version.fromStorage === undefined ? fromStorage(served, stored, version) : stored),
          ),
        );
      else {
        const object = fromStorage(served, stored, version);
        send(
          type,
          accepted.as === "Object"
            ? serializer.text(object)
            : JSON.stringify(toPartial(object, accepted.version)),
        );
      }
    },
    bookmark(revision, annotations) {
      const metadata = {
        resourceVersion: String(revision),
        creationTimestamp: null,
        ...(annotations === undefined ? {} : { annotations }),
      };
      if (accepted.as === "Table") {
        const object = {
          kind: resource.kind,
          apiVersion: apiVersionOf(resource.group, version.name),
          metadata,
        };
        const parts = {
          kind: "Table",
          apiVersion: `meta.k8s.io/${accepted.version}`,
          metadata: { resourceVersion: String(revision) },
        };
        send(
          "BOOKMARK",
          JSON.stringify({ ...parts, columnDefinitions: null, rows: [{ cells: [], object }] }),
        );
      } else {
        const partial =
          accepted.as === "Object"
            ? {}
            : { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${accepted.version}` };
        send(
          "BOOKMARK",
          JSON.stringify({
            kind: resource.kind,
            apiVersion: apiVersionOf(resource.group, version.name),
            ...partial,
            metadata,
          }),
        );
      }
    },
  };
}

export function includeOf(query: URLSearchParams): IncludeObject {
  const value = query.get("includeObject") ?? "Metadata";
  if (value === "None" || value === "Metadata" || value === "Object") return value;
  throw badRequest(`unrecognized includeObject value: "${value}"`);
}

/** Bookmarks from time to time, and the end: what the client asked for, else 30 to 60 minutes. */
function keepAlive(
  cluster: Cluster,
  { query, cutAfterMs }: WatchRequest,
  writer: Writer,
  response: ServerResponse,
): () => void {
  const { clock, store } = cluster;
  const wantsBookmarks = query.get("allowWatchBookmarks") === "true";
  const asked = Number(query.get("timeoutSeconds") ?? 0);
  const lifeMs = asked > 0 ? asked * 1000 : (30 + Math.random() * 30) * 60_000;
  let bookmarkTimer: { clear(): void } | undefined;
  const nextBookmark = () => {
    bookmarkTimer = clock.setTimeout(() => {
      writer.bookmark(store.revision);
      nextBookmark();
    }, bookmarkEveryMs);
  };
  if (wantsBookmarks) nextBookmark();
  const endTimer = clock.setTimeout(() => {
    if (wantsBookmarks) writer.bookmark(store.revision);
    response.end();
  }, lifeMs);
  const cutTimer =
    cutAfterMs === undefined ? undefined : clock.setTimeout(() => response.destroy(), cutAfterMs);
  return () => {
    bookmarkTimer?.clear();
    endTimer.clear();
    cutTimer?.clear();
  };
}
