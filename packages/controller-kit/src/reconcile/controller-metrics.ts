import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Result } from "./result.ts";
import type { WorkQueue } from "./work-queue.ts";

/** What a controller reports about itself. */
export interface ControllerMetrics {
  observe(controller: string, queue: Pick<WorkQueue, "ready" | "active" | "delayed">): void;
  reconciled(controller: string, outcome: Result["outcome"], seconds: number): void;
}

export const noControllerMetrics: ControllerMetrics = { observe: () => {}, reconciled: () => {} };

const OUTCOMES: readonly Result["outcome"][] = ["done", "requeueAfter", "error", "terminal"];

/** Registers `kubeless_reconcile_*` and `kubeless_work_queue_keys`; every series is there from the start. */
export function createControllerMetrics(registry: Registry): ControllerMetrics {
  const queues = new Map<string, Pick<WorkQueue, "ready" | "active" | "delayed">>();
  const total = new Counter({
    name: "kubeless_reconcile_total",
    help: "Reconciliations of one object, by outcome.",
    labelNames: ["controller", "outcome"],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: "kubeless_reconcile_duration_seconds",
    help: "How long the reconciliation of one object took.",
    labelNames: ["controller"],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [registry],
  });
  new Gauge({
    name: "kubeless_work_queue_keys",
    help: "Objects in the work queue, by state.",
    labelNames: ["controller", "state"],
    registers: [registry],
    collect() {
      for (const [controller, queue] of queues) {
        for (const state of ["ready", "active", "delayed"] as const) {
          this.set({ controller, state }, queue[state]);
        }
      }
    },
  });

  return {
    observe(controller, queue) {
      queues.set(controller, queue);
      for (const outcome of OUTCOMES) total.inc({ controller, outcome }, 0);
      seconds.zero({ controller });
    },
    reconciled(controller, outcome, took) {
      total.inc({ controller, outcome });
      seconds.observe({ controller }, took);
    },
  };
}
