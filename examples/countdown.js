import { setTimeout } from "node:timers/promises";

/** Counts down to nought, one line at a time, while the caller reads. */
export async function* from(event) {
  for (let left = Number(event.data?.from ?? 3); left > 0; left -= 1) {
    yield `${left}\n`;
    await setTimeout(200);
  }
  yield "lift-off\n";
}
