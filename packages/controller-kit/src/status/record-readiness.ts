import type { LiveObject } from "../cluster/kubernetes-object.ts";
import type { EventRecorder } from "../events/event-recorder.ts";
import { type Condition, findCondition } from "./conditions.ts";

/** An event for people who `kubectl describe`, when Ready changed or is false for another reason. */
export function recordReadiness(events: EventRecorder, before: LiveObject, after: LiveObject): void {
  const now = readyOf(after);
  const then = readyOf(before);
  if (now === undefined || (now.status === then?.status && now.reason === then.reason)) return;
  const type = now.status === "False" ? "Warning" : "Normal";
  events.record(after, { type, reason: now.reason, message: now.message });
}

function readyOf(object: LiveObject): Condition | undefined {
  return findCondition(object as { status?: { conditions?: Condition[] } }, "Ready");
}
