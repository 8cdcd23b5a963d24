/** How long what is under way may take to end in order: a dead letter that was sent is still noted. */
const graceMs = 2_000;

/**
 * These items, until the signal is aborted: then whoever waits for the next one waits no longer, even where nothing
 * comes. Throws the signal's reason.
 */
export async function* untilAborted<Item>(
  items: AsyncIterable<Item>,
  signal: AbortSignal,
): AsyncGenerator<Item, void> {
  const iterator = items[Symbol.asyncIterator]();
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => undefined);
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort);
  try {
    for (;;) {
      const { done, value } = await Promise.race([iterator.next(), aborted.promise]);
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", abort);
    await within(graceMs, iterator.return?.());
  }
}

async function within(ms: number, ended: Promise<unknown> | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([promise, ended?.catch(() => undefined)]);
  clearTimeout(timer);
}
