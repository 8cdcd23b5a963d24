import type { ServerResponse } from "node:http";
import type { Served } from "../kinds/registry.ts";
import type { Accepted } from "../negotiation/accept.ts";
import type { Serializer } from "../negotiation/serializer.ts";
import type { Cluster } from "../pipeline/cluster.ts";
import { type Reader, startFeed } from "./feed.ts";
import { selectionOf } from "./selection.ts";
import { startOf } from "./start.ts";
import { createWatchEvents, type WatchEvents } from "./watch-events.ts";

export interface WatchRequest {
  readonly served: Served;
  readonly namespace: string | undefined;
  readonly query: URLSearchParams;
  readonly accepted: Accepted;
  /** Ends the watch early: tests of how clients take that. */
  readonly cutAfterMs: number | undefined;
}

const bookmarkEveryMs = 60_000;
/** What may wait for a client that is slow to read, beside its place in the history. */
const backlogLimitBytes = 1024 * 1024;
const initialEventsEnd = { "k8s.io/initial-events-end": "true" };

/** Answers a watch: what is there (when asked for), then every later event, as one JSON document a line. */
export function streamWatch(
  { store, clock }: Cluster,
  serializer: Serializer,
  request: WatchRequest,
  response: ServerResponse,
): void {
  const { served, query } = request;
  const selection = selectionOf(served, request.namespace, query);
  const start = startOf(store, served, query, selection);
  const events = createWatchEvents({ ...request, serializer, clock });
  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-cache, private" });
  response.flushHeaders();
  const reader = readerOf(response, events);
  const feed = startFeed({ store, resource: served.resource.storedAs, selection, start, reader });
  response.on("drain", () => feed.resume());
  const bookmark = () => {
    const revision = feed.revision();
    // One that was ended is closed only when its reader has it all.
    if (revision !== undefined && !response.writableEnded) response.write(events.bookmark(revision));
  };
  const endKeepAlive = keepAlive({ clock }, request, bookmark, response);
  response.on("close", () => {
    feed.stop();
    endKeepAlive();
  });
}

function readerOf(response: ServerResponse, events: WatchEvents): Reader {
  return {
    tell: (type, object) => response.write(events.of(type, object)),
    tellInitialEnd: (revision) => response.write(events.bookmark(revision, initialEventsEnd)),
    fail: (error) => response.end(`${JSON.stringify({ type: "ERROR", object: error.toStatus() })}\n`),
    cut: () => response.destroy(),
    isFull: () => response.writableLength > backlogLimitBytes || response.writableEnded,
  };
}

/** Bookmarks from time to time, and the end: what the client asked for, else 30 to 60 minutes. */
function keepAlive(
  { clock }: Pick<Cluster, "clock">,
  { query, cutAfterMs }: WatchRequest,
  bookmark: () => void,
  response: ServerResponse,
): () => void {
  const wantsBookmarks = query.get("allowWatchBookmarks") === "true";
  const asked = Number(query.get("timeoutSeconds") ?? 0);
  const lifeMs = asked > 0 ? asked * 1000 : (30 + Math.random() * 30) * 60_000;
  let bookmarkTimer: { clear(): void } | undefined;
  const nextBookmark = () => {
    bookmarkTimer = clock.setTimeout(() => {
      bookmark();
      nextBookmark();
    }, bookmarkEveryMs);
  };
  if (wantsBookmarks) nextBookmark();
  const endTimer = clock.setTimeout(() => {
    if (wantsBookmarks) bookmark();
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
