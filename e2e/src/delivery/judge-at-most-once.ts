import type { Call } from "./function-server.ts";
import type { Evidence, FaultFigures } from "./verdict.ts";

/**
 * No event is called twice, and every one that was not called, or whose call failed, is in the replicas' own count: but
 * for a window of each process that died. The count may be too high by as much, for calls that a replica gave up and the
 * function did not; higher, it proves nothing.
 */
export function judgeAtMostOnce(seen: Evidence): {
  readonly violations: readonly string[];
  readonly perFault: readonly FaultFigures[];
} {
  const { lost, repeats, faults, window, replicaWindow, countedLost } = seen;
  const failed = seen.calls.filter(({ status }) => status !== 200).length;
  const deaths = faults.filter(({ isDeath }) => isDeath).length;
  const uncounted = lost.length + failed - countedLost;
  const tooMany = -uncounted;
  const violations = [
    ...(repeats.length > 0
      ? [`${repeats.length} events were called twice, the first is ${sayWhen(seen, repeats[0])}.`]
      : []),
    ...(lost.length > faults.length * window
      ? [`${lost.length} events were lost: more than a window of ${window} for each fault.`]
      : []),
    ...(uncounted > deaths * replicaWindow
      ? [
          `${uncounted} events were lost that nobody counted: more than a window of ${replicaWindow} for each of ${deaths} deaths.`,
        ]
      : []),
    ...(tooMany > (deaths + 1) * replicaWindow
      ? [`The replicas count ${countedLost} lost events: ${tooMany} more than there were.`]
      : []),
  ];
  return { violations, perFault: [] };
}

/** Which event, how long after its first call and what that came to, and which fault was the last to begin. */
function sayWhen({ calls, faults }: Evidence, repeat: Call | undefined): string {
  const first = calls.find(({ id }) => id === repeat?.id);
  if (repeat === undefined || first === undefined) return "unknown";
  const seconds = ((repeat.startedMs - first.startedMs) / 1_000).toFixed(1);
  const fault = faults.findLast(({ startedMs }) => startedMs <= first.startedMs)?.name ?? "the start";
  return `${repeat.id}, again ${seconds} s after a call that was answered ${first.status ?? "nothing"}, after ${fault}`;
}
