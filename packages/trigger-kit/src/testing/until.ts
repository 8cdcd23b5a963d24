import { setTimeout } from "node:timers/promises";

const askEveryMs = 50;

/** Asks until the answer is something, and gives it; rejects when it takes too long. */
export async function until<Answer>(
  ask: () => Answer | Promise<Answer>,
  patienceMs: number,
): Promise<NonNullable<Answer>> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (performance.now() > deadline)
      throw new Error(`It did not come about within ${patienceMs} ms: ${ask.toString()}`);
    await setTimeout(askEveryMs);
  }
}
