import { setTimeout } from "node:timers/promises";

/** Tries again, a tenth of a second apart, for two minutes: what is asked may be away for a while. */
export async function untilItSucceeds<Result>(attempt: () => Promise<Result>): Promise<Result> {
  const deadline = performance.now() + 120_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await setTimeout(100);
    }
  }
}
