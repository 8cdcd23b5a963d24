import type { Logger } from "@kubeless/controller-kit";
import type { BindingObserver } from "../binding/run-binding.ts";
import type { Hold } from "../delivery/observer.ts";
import type { ConnectionFault } from "../source.ts";
import type { TriggerMetrics } from "./trigger-metrics.ts";

/** What a binding has come to on this replica, since it was opened. */
export interface BindingState {
  connection: ConnectionFault | undefined;
  isOpen: boolean;
  hold: Hold | undefined;
  lag: number | undefined;
  delivered: number;
  failed: number;
  deadLettered: number;
  lost: number;
  lastDeliveryTime: Date | undefined;
  lastFailure: string | undefined;
  rebuiltBecause: string | undefined;
  /** Why the broker has taken no position for a while. */
  commitFault: string | undefined;
  /** What the broker had deleted before it was read. */
  positionLost: string | undefined;
}

export interface ObservedBinding {
  readonly state: BindingState;
  readonly observer: BindingObserver;
}

export interface ObserveBindingOptions {
  readonly metrics: TriggerMetrics;
  readonly log: Pick<Logger, "info" | "warn">;
  /** The status may have changed. */
  readonly changed: () => void;
  readonly now: () => Date;
}

/** Commits may fail for so long, as while work is shared out anew, before that is told. */
const patienceMs = 5_000;

/** An observer that keeps a state for the status, counts for metrics, and logs when a connection goes and comes. */
export function observeBinding({ metrics, log, changed, now }: ObserveBindingOptions): ObservedBinding {
  const state: BindingState = {
    connection: undefined,
    isOpen: false,
    hold: undefined,
    lag: undefined,
    delivered: 0,
    failed: 0,
    deadLettered: 0,
    lost: 0,
    lastDeliveryTime: undefined,
    lastFailure: undefined,
    rebuiltBecause: undefined,
    commitFault: undefined,
    positionLost: undefined,
  };
  /** Commits fail since then, and failed last then. */
  let failing: { readonly sinceMs: number; atMs: number } | undefined;
  const set = (change: Partial<BindingState>) => {
    Object.assign(state, change);
    changed();
  };
  function forgetCommitFault(): void {
    failing = undefined;
    if (state.commitFault !== undefined) set({ commitFault: undefined });
  }

  const observer: BindingObserver = {
    received: metrics.received,
    ended(_record, ending, tookMs) {
      metrics.ended(ending, tookMs);
      if (ending === "delivered")
        set({ delivered: state.delivered + 1, lastDeliveryTime: now(), rebuiltBecause: undefined });
      else if (ending === "deadLettered") set({ deadLettered: state.deadLettered + 1 });
      else if (ending === "lost") set({ lost: state.lost + 1 });
    },
    attemptFailed(_record, attempts, message) {
      metrics.attemptFailed(attempts);
      set({ failed: state.failed + 1, lastFailure: message });
    },
    unreached: (message) => set({ lastFailure: message }),
    dropped(count) {
      metrics.dropped(count);
      set({ lost: state.lost + count });
    },
    held: (hold) => set({ hold }),
    committed: forgetCommitFault,
    commitFailed(error) {
      const atMs = now().getTime();
      const sinceMs = failing?.sinceMs ?? atMs;
      failing = { sinceMs, atMs };
      const lastFailure = `A commit failed and is tried again: ${error.message}`;
      set({ lastFailure, ...(atMs - sinceMs < patienceMs ? {} : { commitFault: lastFailure }) });
    },
    connection(fault) {
      logConnection(log, state.connection, fault);
      set({ connection: fault, isOpen: fault === undefined });
    },
    lag(lag, ageMs) {
      // What was to be committed may be another's by now: nobody tries it here any more.
      if (failing !== undefined && now().getTime() - failing.atMs > patienceMs) forgetCommitFault();
      metrics.lag(lag, ageMs);
      set({ lag });
    },
    positionLost(count, message) {
      metrics.positionLost(count ?? 0);
      set({ positionLost: message });
    },
    rebuilt(why) {
      log.warn({ why }, "The client is closed and opened anew");
      set({ rebuiltBecause: why, isOpen: false });
    },
  };
  return { state, observer };
}

/** A fault is logged when it begins and when it ends, not each time that it is met again. */
function logConnection(
  log: ObserveBindingOptions["log"],
  before: BindingState["connection"],
  fault: BindingState["connection"],
): void {
  if (fault === undefined && before !== undefined) log.info({}, "Connected again");
  if (fault !== undefined && fault.message !== before?.message)
    log.warn(
      { reason: fault.reason, fault: fault.message },
      "Not connected; it is tried again, with back-off",
    );
}
