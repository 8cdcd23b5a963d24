import { randomBytes } from "node:crypto";
import type { ClusterClient } from "../cluster/client.ts";
import type { LiveObject } from "../cluster/kubernetes-object.ts";
import { resources } from "../cluster/resources.ts";
import { type Logger, silentLogger } from "../log/logger.ts";

export interface EventStatement {
  type: "Normal" | "Warning";
  /** CamelCase, stable. */
  reason: string;
  /** What happened and what to do next; cut at 1,024 bytes as the API demands. */
  message: string;
  /** What was being done: `Reconcile`. */
  action?: string | undefined;
}

/** Tells people who `kubectl describe` an object what happened to it. Never fails its caller. */
export interface EventRecorder {
  record(about: LiveObject, event: EventStatement): void;
  /** Resolves when everything recorded was sent, or given up. */
  flush(): Promise<void>;
}

export interface EventRecorderOptions {
  client: ClusterClient;
  /** `kubeless.io/function-controller`. */
  controller: string;
  /** The pod's name. */
  instance: string;
  logger?: Logger | undefined;
}

const SAME_WITHIN_MS = 600_000;
const MAX_REMEMBERED = 4_096;
const MAX_NOTE_BYTES = 1_024;

/** The same event about the same object is sent once in ten minutes. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, logger = silentLogger } = options;
  const sent = new Map<string, number>();
  const sending = new Set<Promise<unknown>>();

  function isRepeated(about: LiveObject, { reason, message }: EventStatement): boolean {
    const key = `${about.metadata.uid}/${reason}/${message}`;
    const now = performance.now();
    const last = sent.get(key);
    if (last !== undefined && now - last < SAME_WITHIN_MS) return true;
    sent.delete(key);
    sent.set(key, now);
    const [oldest] = sent.keys();
    if (sent.size > MAX_REMEMBERED && oldest !== undefined) sent.delete(oldest);
    return false;
  }

  return {
    record(about, event) {
      if (isRepeated(about, event)) return;
      const attempt = client
        .create(resources.events, toEvent(about, event, options))
        .catch((err: unknown) => {
          logger.debug({ err, reason: event.reason }, "An event could not be recorded");
        });
      sending.add(attempt);
      void attempt.finally(() => sending.delete(attempt));
    },
    async flush() {
      await Promise.all(sending);
    },
  };
}

function toEvent(about: LiveObject, event: EventStatement, { controller, instance }: EventRecorderOptions) {
  const { namespace = "default", name, uid, resourceVersion } = about.metadata;
  return {
    metadata: { namespace, name: `${name.slice(0, 200)}.${randomBytes(8).toString("hex")}` },
    type: event.type,
    reason: event.reason,
    note: cutAt(MAX_NOTE_BYTES, event.message),
    action: event.action ?? "Reconcile",
    reportingController: controller,
    reportingInstance: instance,
    eventTime: new Date().toISOString().replace("Z", "000Z"),
    regarding: { apiVersion: about.apiVersion, kind: about.kind, namespace, name, uid, resourceVersion },
  };
}

/** What `stream` leaves out is a character of which not all bytes are there. */
function cutAt(bytes: number, text: string): string {
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true });
}
