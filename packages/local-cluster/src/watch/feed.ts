import type { GroupResource, KubeObject } from "../api/cluster-api.ts";
import { hasReason, StatusError } from "../errors.ts";
import type { Logged, Store } from "../store/store.ts";
import type { Selection } from "./selection.ts";
import type { Start } from "./start.ts";

/** The reader of a feed. */
export interface Reader {
  tell(type: "ADDED" | "MODIFIED" | "DELETED", object: KubeObject): void;
  /** The end of what was there at the beginning. */
  tellInitialEnd(revision: number): void;
  /** What comes next is no longer known; nothing follows. */
  fail(error: StatusError): void;
  /** Nothing follows, and nothing can be told. */
  cut(): void;
  /** Whether enough waits for this reader: nothing is told until it calls `resume`. */
  isFull(): boolean;
}

export interface Feed {
  /** The reader takes more. */
  resume(): void;
  /** Up to where the reader knows everything; undefined while it is behind. */
  revision(): number | undefined;
  stop(): void;
}

export interface FeedOptions {
  readonly store: Store;
  readonly resource: GroupResource;
  readonly selection: Selection;
  readonly start: Start;
  readonly reader: Reader;
}

/**
 * Tells a reader what is there and then every later event, in order, as fast as it reads. For one that is slow nothing
 * is kept but its place in the store's history: when that is forgotten before it has read so far, it has to list again.
 */
export function startFeed({ store, resource, selection, start, reader }: FeedOptions): Feed {
  let place = start.revision;
  let isBehind = true;
  let isOver = false;
  const beginning = tellBeginning(start, reader);
  const catchUp = () => {
    if (!beginning()) return;
    for (const event of store.since(resource, place)) {
      if (reader.isFull()) return;
      forward(event, selection, reader);
      place = event.revision;
    }
    isBehind = false;
  };
  const onEvent = (event: Logged) => {
    if (isOver) return;
    if (isBehind) {
      if (store.floor(resource) > place) reader.cut();
      return;
    }
    isBehind = reader.isFull();
    if (isBehind) return;
    forward(event, selection, reader);
    place = event.revision;
  };
  const resume = () => {
    if (!isBehind || isOver) return;
    try {
      catchUp();
    } catch (error) {
      if (!(error instanceof StatusError && hasReason(error, "Expired"))) throw error;
      isOver = true;
      reader.fail(error);
    }
  };
  const stop = store.subscribe(resource, onEvent);
  resume();
  return { resume, revision: () => (isBehind ? undefined : store.revision), stop };
}

/** Tells what is there, in as many calls as the reader needs; true once all is told. */
function tellBeginning({ initial, announcesEnd, revision }: Start, reader: Reader): () => boolean {
  const rest = initial.values();
  let isTold = false;
  return () => {
    while (!isTold) {
      if (reader.isFull()) return false;
      const { value, done } = rest.next();
      if (value !== undefined) reader.tell("ADDED", value);
      else if (announcesEnd) reader.tellInitialEnd(revision);
      isTold = done === true;
    }
    return true;
  };
}

/** An object that leaves the selection is deleted for this reader, one that enters it is new. */
function forward(event: Logged, selection: Selection, reader: Reader): void {
  const before = event.previous !== undefined && selection(event.previous);
  const after = event.type !== "DELETED" && selection(event.object);
  if (after) reader.tell(before ? "MODIFIED" : "ADDED", event.object);
  else if (before) reader.tell("DELETED", event.type === "DELETED" ? event.object : atRevision(event));
}

function atRevision({ object, previous, revision }: Logged): KubeObject {
  const last = previous ?? object;
  return { ...last, metadata: { ...last.metadata, resourceVersion: String(revision) } };
}
