import { requestTimeoutMs } from "./kinesis-client.ts";
import { isThrottled } from "./kinesis-error.ts";
import { pause } from "./pause.ts";

/** A shard may be read five times a second; where others read it as well, their reads count. */
const againMs = 1_000;
/** After that whoever asks is told that it is too much. */
const maxAttempts = 20;

/** Asks Kinesis for one thing: each time for so long, and again while it says that this is too much. */
export async function ask<Answer>(
  send: (options: { readonly abortSignal: AbortSignal }) => Promise<Answer>,
  signal: AbortSignal,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send({ abortSignal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]) });
    } catch (error) {
      if (!isThrottled(error) || attempt === maxAttempts) throw error;
      await pause(againMs, signal);
    }
  }
}
