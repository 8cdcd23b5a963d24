import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Ending } from "../delivery/observer.ts";

/** One binding's series: what the observer tells, counted. */
export interface TriggerMetrics {
  received(count: number): void;
  ended(ending: Ending, tookMs: number): void;
  attemptFailed(attempts: number): void;
  dropped(count: number): void;
  positionLost(count: number): void;
  lag(count: number | undefined, ageMs: number | undefined): void;
  /** How many events are being called now is asked whenever the metrics are read. */
  countInFlight(count: () => number): void;
  /** The binding is gone: its gauges are not shown any more. */
  forget(): void;
}

export interface BindingLabels {
  readonly namespace: string;
  readonly trigger: string;
  readonly function: string;
}

const labelNames = ["namespace", "trigger", "function"] as const;

/** Declares the metrics of a trigger controller in `registry`, and returns what makes a binding's series. */
export function createTriggerMetrics(registry: Registry): (labels: BindingLabels) => TriggerMetrics {
  const shared = { registers: [registry], labelNames };
  const received = new Counter({
    ...shared,
    name: "kubeless_trigger_received_total",
    help: "Events read from the source.",
  });
  const ended = new Counter({
    registers: [registry],
    labelNames: [...labelNames, "ending"] as const,
    name: "kubeless_trigger_ended_total",
    help: "Events that are done: delivered, skipped by the filter, deadLettered, or lost (at most once only).",
  });
  const failed = new Counter({
    ...shared,
    name: "kubeless_trigger_failed_attempts_total",
    help: "Calls that failed.",
  });
  const retried = new Counter({
    ...shared,
    name: "kubeless_trigger_retried_total",
    help: "Calls that failed and were not the first for their event.",
  });
  const dropped = new Counter({
    ...shared,
    name: "kubeless_trigger_dropped_total",
    help: "Events that were never tried, because their source cannot wait.",
  });
  const skipped = new Counter({
    ...shared,
    name: "kubeless_trigger_position_lost_total",
    help: "Events that the broker had deleted before they were read.",
  });
  const counts = new Map<BindingLabels, () => number>();
  const inFlight = new Gauge({
    ...shared,
    name: "kubeless_trigger_in_flight",
    help: "Events that functions are being called with.",
    collect() {
      for (const [series, count] of counts) this.set({ ...series }, count());
    },
  });
  const lag = new Gauge({
    ...shared,
    name: "kubeless_trigger_lag_records",
    help: "Events that wait in the source, as the broker counts them.",
  });
  const age = new Gauge({
    ...shared,
    name: "kubeless_trigger_age_seconds",
    help: "How old the oldest event is that is not done: of those read, and of those in the source where it tells. 0: none.",
  });
  const duration = new Histogram({
    ...shared,
    name: "kubeless_trigger_call_duration_seconds",
    help: "How long the call took that ended an event.",
    buckets: [0.005, 0.025, 0.1, 0.5, 2.5, 10, 60],
  });

  return (labels) => {
    const series = { ...labels };
    received.inc(series, 0);
    for (const ending of ["delivered", "skipped", "deadLettered", "lost"])
      ended.inc({ ...series, ending }, 0);
    for (const counter of [failed, retried, dropped, skipped]) counter.inc(series, 0);
    return {
      received: (count) => received.inc(series, count),
      ended(ending, tookMs) {
        ended.inc({ ...series, ending });
        if (ending === "delivered" || ending === "lost") duration.observe(series, tookMs / 1000);
      },
      attemptFailed(attempts) {
        failed.inc(series);
        if (attempts > 1) retried.inc(series);
      },
      dropped: (count) => dropped.inc(series, count),
      positionLost: (count) => skipped.inc(series, count),
      lag(count, ageMs) {
        if (count === undefined) lag.remove(series);
        else lag.set(series, count);
        age.set(series, Math.max(0, ageMs ?? 0) / 1000);
      },
      countInFlight: (count) => void counts.set(series, count),
      forget() {
        counts.delete(series);
        inFlight.remove(series);
        lag.remove(series);
        age.remove(series);
      },
    };
  };
}
