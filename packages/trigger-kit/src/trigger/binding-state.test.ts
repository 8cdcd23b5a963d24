import { silentLogger } from "@kubeless/controller-kit";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { observeBinding } from "./binding-state.ts";
import { tellStatus } from "./tell-status.ts";
import type { TriggerSpec } from "./trigger-kind.ts";
import { createTriggerMetrics } from "./trigger-metrics.ts";

/** A binding at a time that the test sets, and the condition Progressing that its trigger has. */
function observe() {
  let nowMs = 0;
  const metrics = createTriggerMetrics(new Registry());
  const { state, observer } = observeBinding({
    metrics: metrics({ namespace: "default", trigger: "orders", function: "bill" }),
    log: silentLogger,
    changed: () => undefined,
    now: () => new Date(nowMs),
  });
  const spec = { suspend: false, delivery: { guarantee: "atLeastOnce" } } as TriggerSpec;
  const capabilities = { guarantees: [], orderings: [], backPressure: "pause", work: "shared" } as const;
  const binding = { function: "bill", group: undefined, isReady: true, state };
  return {
    observer,
    at(ms: number) {
      nowMs = ms;
    },
    progressing: () =>
      tellStatus({ spec, capabilities, filter: undefined }, [binding]).conditions.find(
        ({ type }) => type === "Progressing",
      ),
  };
}

test("a commit that fails is told when it has for a while, and until the broker takes one", () => {
  const { observer, at, progressing } = observe();
  observer.commitFailed(new Error("no right"));
  at(4_000);
  observer.commitFailed(new Error("no right"));
  expect(progressing()).toMatchObject({ status: "True", reason: "Progressing" });
  at(5_000);
  observer.commitFailed(new Error("no right"));
  expect(progressing()).toEqual({
    type: "Progressing",
    status: "False",
    reason: "CommitFailed",
    message: "bill: A commit failed and is tried again: no right",
  });
  observer.committed();
  expect(progressing()).toMatchObject({ status: "True", reason: "Progressing" });
});

test("a commit that nobody tries any more is not told for ever", () => {
  const { observer, at, progressing } = observe();
  for (const ms of [0, 6_000]) {
    at(ms);
    observer.commitFailed(new Error("rebalancing"));
  }
  at(10_000);
  observer.lag(3, 0);
  expect(progressing()).toMatchObject({ reason: "CommitFailed" });
  at(20_000);
  observer.lag(3, 0);
  expect(progressing()).toMatchObject({ reason: "Progressing" });
});
