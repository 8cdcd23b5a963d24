import type { Subscription } from "../source.ts";
import type { Clock } from "./clock.ts";
import type { Lane } from "./entry.ts";

export interface CommitterOptions {
  readonly subscription: Pick<Subscription, "commit">;
  /** Done records are committed together: at least so often, and whenever `atOnce` lanes have some. */
  readonly intervalMs: number;
  readonly atOnce: number;
  /** What is done and not committed for longer than this makes {@link Committer.isBehind} true. */
  readonly behindAfterMs: number;
  readonly clock: Clock;
  readonly committed: () => void;
  readonly failed: (error: Error) => void;
  /** The lane's first `count` entries are committed. */
  readonly forget: (lane: Lane, count: number) => void;
}

/** At least once: commits, lane by lane, the position up to which everything is done. */
export interface Committer {
  /** The lane has done entries at its front. */
  mark(lane: Lane): void;
  /** The lane is not ours any more: what is done in it is not committed. */
  unmark(lane: Lane): void;
  /** Commits what is marked now; resolves when that was tried, whether it succeeded or not. */
  flush(): Promise<void>;
  /** The broker takes no commit: whatever is called now would be repeated by the next reader. */
  isBehind(): boolean;
  stop(): void;
}

export function createCommitter(options: CommitterOptions): Committer {
  const marked = new Set<Lane>();
  let timer: { clear(): void } | undefined;
  let flushing: Promise<void> | undefined;
  let stopped = false;
  /** Since when something done waits for a commit to begin, and since when something waits for the one on its way. */
  let markedSinceMs: number | undefined;
  let sentSinceMs: number | undefined;

  const schedule = () => {
    if (stopped || flushing !== undefined || marked.size === 0) return;
    if (marked.size >= options.atOnce) void flush();
    else timer ??= options.clock.setTimeout(() => void flush(), options.intervalMs);
  };

  const flush = async (): Promise<void> => {
    timer?.clear();
    timer = undefined;
    while (flushing !== undefined) await flushing;
    flushing = commitMarked().finally(() => {
      flushing = undefined;
    });
    await flushing;
    timer ??=
      marked.size === 0 || stopped
        ? undefined
        : options.clock.setTimeout(() => void flush(), options.intervalMs);
  };

  const commitMarked = async (): Promise<void> => {
    const batch = [...marked].map((lane) => ({
      lane,
      count: lane.done,
      position: lane.entries[lane.done - 1]?.record.position,
    }));
    marked.clear();
    if (batch.length === 0) return;
    [sentSinceMs, markedSinceMs] = [markedSinceMs, undefined];
    try {
      await options.subscription.commit(batch.map(({ position }) => position));
    } catch (error) {
      for (const { lane } of batch) if (lane.done > 0) marked.add(lane);
      [markedSinceMs, sentSinceMs] = [marked.size > 0 ? sentSinceMs : undefined, undefined];
      options.failed(error as Error);
      return;
    }
    for (const { lane, count } of batch) options.forget(lane, count);
    sentSinceMs = undefined;
    options.committed();
  };

  return {
    mark(lane) {
      marked.add(lane);
      markedSinceMs ??= options.clock.now();
      schedule();
    },
    unmark(lane) {
      marked.delete(lane);
      if (marked.size === 0) markedSinceMs = undefined;
    },
    flush,
    isBehind() {
      const sinceMs = sentSinceMs ?? markedSinceMs;
      return sinceMs !== undefined && options.clock.now() - sinceMs > options.behindAfterMs;
    },
    stop() {
      stopped = true;
      timer?.clear();
    },
  };
}
