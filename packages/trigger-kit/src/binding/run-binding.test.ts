import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { type Clock, systemClock } from "../delivery/clock.ts";
import { createManualClock } from "../delivery/fixtures/bench.ts";
import { toSettings } from "../delivery/to-settings.ts";
import type { EventSource, SourceContext, Subscription } from "../source.ts";
import { runBinding } from "./run-binding.ts";

test("a source that loses its footing while it is being opened is opened anew", async () => {
  const { opens, closes } = bind(async (context, count) => {
    if (count === 1) context.reopen(new Error("it crashed at once"));
  });
  await expect.poll(() => opens.length).toBe(2);
  expect(closes).toEqual([1]);
});

test("what a client says that was replaced already does not touch the one in its place", async () => {
  const { opens, closes } = bind(async () => undefined);
  await expect.poll(() => opens.length).toBe(1);
  opens[0]?.reopen(new Error("first"));
  await expect.poll(() => opens.length).toBe(2);
  opens[0]?.reopen(new Error("late"));
  await new Promise((resolve) => setImmediate(resolve));
  expect(closes).toEqual([1]);
});

test("a source that is open only after the binding was closed is closed too", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { opens, closes, binding } = bind(() => promise);
  await expect.poll(() => opens.length).toBe(1);
  const closing = binding.close();
  resolve();
  await closing;
  expect(closes).toEqual([1]);
});

test("a source that counts nothing is opened anew when what waits grows old and nothing moves", async () => {
  const clock = createManualClock();
  let ageMs = 0;
  const { opens, ages, binding } = bind(async () => undefined, { clock, ageMs: () => ageMs });
  binding.setEndpoints([{ host: "127.0.0.1", port: 1 }]);
  for (let look = 0; look < 12; look += 1) await clock.pass(10_000);
  expect(opens.length).toBe(1);
  for (ageMs = 500_000; ageMs > 380_000; ageMs -= 10_000) await clock.pass(10_000);
  expect(opens.length, "it catches up").toBe(1);
  for (let look = 0; look < 8; look += 1, ageMs += 10_000) await clock.pass(10_000);
  expect(opens.length, "it stands still").toBe(2);
  expect(ages).toContain(500_000);
});

/** A binding over a source that delivers nothing; `opening` is done before it is open, for the first, second, … time. */
function bind(
  opening: (context: SourceContext<object>, count: number) => Promise<void>,
  { clock = systemClock, ageMs }: { readonly clock?: Clock; readonly ageMs?: () => number } = {},
) {
  const ages: (number | undefined)[] = [];
  const opens: SourceContext<object>[] = [];
  const closes: number[] = [];
  const ignore = () => undefined;
  const capabilities = {
    guarantees: ["atMostOnce", "atLeastOnce"],
    orderings: ["none"],
    backPressure: "pause",
    work: "shared",
  } as const;
  const source: EventSource<object, object> = {
    config: z.object({}),
    capabilities: () => capabilities,
    async open(_binding, _deliver, context) {
      const count = opens.push(context);
      await opening(context, count);
      return {
        commit: async () => undefined,
        writeDeadLetter: async () => undefined,
        pause: ignore,
        resume: ignore,
        lag: async () => undefined,
        ...(ageMs && { ageMs }),
        close: async () => void closes.push(count),
      } satisfies Subscription;
    },
  };
  const settings = toSettings(
    {
      guarantee: "atLeastOnce",
      ordering: "none",
      maxInFlight: 1,
      retry: { maxAttempts: 1, minBackoffMs: 1, maxBackoffMs: 1, maxAgeSeconds: 1 },
    },
    1,
  );
  const binding = runBinding({
    source,
    capabilities,
    binding: { namespace: "default", trigger: "orders", function: "bill", spec: {}, ...settings.delivery },
    origin: { namespace: "default", trigger: "orders", plural: "kafkatriggers", source: "kafka" },
    settings,
    filter: undefined,
    services: {
      config: {},
      log: { info: ignore, warn: ignore, error: ignore },
      secret: async () => ({}),
    },
    openParts: () => ({ share: ignore, read: async () => undefined, close: async () => undefined }),
    observer: {
      received: ignore,
      ended: ignore,
      attemptFailed: ignore,
      unreached: ignore,
      dropped: ignore,
      held: ignore,
      committed: ignore,
      commitFailed: ignore,
      lag: (_, age) => ages.push(age),
      rebuilt: ignore,
      positionLost: ignore,
      connection: ignore,
    },
    clock,
    random: Math.random,
  });
  onTestFinished(() => binding.close());
  return { binding, opens, closes, ages };
}
