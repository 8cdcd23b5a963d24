import { setTimeout as wait } from "node:timers/promises";

/** Server-sent events, no faster than the reader reads; ends when the reader goes or the time is over. */
export async function* ticks(event, context) {
  event.extensions.response.type("text/event-stream");
  for (let count = 1; count <= 3; count++) {
    yield `data: ${JSON.stringify({ count })}\n\n`;
    await wait(10, undefined, { signal: context.signal });
  }
}
