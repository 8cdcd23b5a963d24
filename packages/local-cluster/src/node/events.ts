import type { Clock, ClusterApi, KubeObject } from "../api/cluster-api.ts";

export type EventType = "Normal" | "Warning";

export interface EventTarget {
  readonly object: KubeObject;
  /** `spec.containers{name}` for what concerns one container. */
  readonly fieldPath?: string;
}

interface RecordedEvent extends KubeObject {
  readonly count: number;
}

const remembered = 1_000;

/** Writes events as a Kubernetes component does: what repeats itself is counted up in one object. */
export class EventRecorder {
  readonly #api: ClusterApi;
  readonly #clock: Clock;
  readonly #source: { readonly component: string; readonly host: string };
  readonly #names = new Map<string, string>();
  #sequence = 0;

  constructor(api: ClusterApi, clock: Clock, source: { component: string; host: string }) {
    this.#api = api;
    this.#clock = clock;
    this.#source = source;
  }

  record(target: EventTarget, type: EventType, reason: string, message: string): void {
    const { uid, namespace = "default" } = target.object.metadata;
    const key = JSON.stringify([uid, target.fieldPath, type, reason, message]);
    try {
      if (!this.#countUp(namespace, key)) this.#create(target, namespace, key, { type, reason, message });
    } catch {
      // An event tells of something; that it could not be written (its namespace is going) must not undo that thing.
    }
  }

  #countUp(namespace: string, key: string): boolean {
    const name = this.#names.get(key);
    const known = name === undefined ? undefined : this.#api.get<RecordedEvent>("events", namespace, name);
    if (known === undefined) return false;
    this.#api.update("events", { ...known, count: known.count + 1, lastTimestamp: this.#now() });
    return true;
  }

  #create(
    target: EventTarget,
    namespace: string,
    key: string,
    text: { type: EventType; reason: string; message: string },
  ) {
    const { apiVersion, kind, metadata } = target.object;
    const { name, uid, resourceVersion } = metadata;
    this.#sequence += 1;
    const suffix = (BigInt(this.#clock.now()) * 1_000_000n + BigInt(this.#sequence % 1_000_000)).toString(16);
    this.#remember(key, `${name}.${suffix}`);
    this.#api.create("events", {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: `${name}.${suffix}`, namespace },
      involvedObject: {
        apiVersion,
        kind,
        name,
        namespace,
        uid,
        resourceVersion,
        ...(target.fieldPath === undefined ? {} : { fieldPath: target.fieldPath }),
      },
      ...text,
      message: text.message.slice(0, 1024),
      count: 1,
      firstTimestamp: this.#now(),
      lastTimestamp: this.#now(),
      source: this.#source.host === "" ? { component: this.#source.component } : this.#source,
      reportingComponent: this.#source.component,
      reportingInstance: this.#source.host,
    });
  }

  #remember(key: string, name: string): void {
    this.#names.set(key, name);
    const [oldest] = this.#names.keys();
    if (this.#names.size > remembered && oldest !== undefined) this.#names.delete(oldest);
  }

  #now(): string {
    return timestamp(this.#clock);
  }
}

/** `metav1.Time`: RFC 3339 in whole seconds. */
export function timestamp(clock: Clock): string {
  return `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
}
