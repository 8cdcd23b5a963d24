import { createTerm, type LeaseHolder } from "@kubeless/controller-kit";
import { toAnnotations, toNotes } from "./lease-notes.ts";
import { type Notes, type Part, PartLostError } from "./parts.ts";
import type { PartTiming } from "./timing.ts";

export interface TenureOptions {
  readonly name: string;
  /** Taken just now. */
  readonly lease: LeaseHolder;
  /** When the request that took it was sent, by the monotonic clock `now`. */
  readonly takenAtMs: number;
  readonly timing: PartTiming;
  /** Notes are written at most so often. */
  readonly writeIntervalMs: number;
  readonly now: () => number;
  /** The API server did not take a renewal: it is tried again until the term is over. */
  readonly failed: (error: unknown) => void;
}

/** One time of holding a part: from when its Lease was taken until it is lost or given back. */
export interface Tenure extends Part {
  /** Resolves when the part is not held any more. */
  readonly over: Promise<void>;
  /** It is about to be given up: what is written from now on is not held back. */
  hurry(): void;
  /** Writes what waits to be written while that is allowed. Resolves when no request is under way, nor will be. */
  end(): Promise<void>;
}

interface Write {
  readonly notes: Notes;
  readonly done: readonly PromiseWithResolvers<void>[];
}

/** Renews the Lease, and writes notes with the renewals: one request at a time. */
export function startTenure(options: TenureOptions): Tenure {
  const { name, lease, timing, now } = options;
  const term = createTerm({ validUntil: options.takenAtMs + timing.termMs, now });
  let notes = toNotes(lease.annotations);
  let pending: Write | undefined;
  let writtenAtMs = now();
  let failedAtMs: number | undefined;
  let hurried = false;
  let wake = (): void => undefined;
  void term.over.then(() => wake());

  function dueAtMs(): number {
    if (failedAtMs !== undefined) return failedAtMs + timing.retryMs;
    if (pending === undefined) return writtenAtMs + timing.renewMs;
    return hurried ? writtenAtMs : writtenAtMs + options.writeIntervalMs;
  }

  async function run(): Promise<void> {
    while (!term.isOver()) {
      const leftMs = dueAtMs() - now();
      await (leftMs > 0 ? sleep(leftMs) : renew());
    }
    for (const { reject } of pending?.done ?? []) reject(new PartLostError(name));
    pending = undefined;
  }

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      wake = finish;
    });
  }

  async function renew(): Promise<void> {
    const sentAtMs = now();
    const write = pending;
    pending = undefined;
    try {
      const signal = AbortSignal.timeout(timing.termMs);
      const isOurs = await lease.renew(
        signal,
        write && toAnnotations(toNotes(lease.annotations), write.notes),
      );
      if (isOurs) accept(write, sentAtMs);
      else lose(write);
    } catch (error) {
      failedAtMs = now();
      if (write !== undefined) putBack(write);
      options.failed(error);
    }
  }

  function accept(write: Write | undefined, sentAtMs: number): void {
    failedAtMs = undefined;
    writtenAtMs = sentAtMs;
    term.extend(sentAtMs + timing.termMs);
    if (write === undefined) return;
    notes = write.notes;
    for (const { resolve } of write.done) resolve();
  }

  function lose(write: Write | undefined): void {
    term.end();
    for (const { reject } of write?.done ?? []) reject(new PartLostError(name));
  }

  /** What was asked for meanwhile is newer. */
  function putBack(write: Write): void {
    pending = { notes: pending?.notes ?? write.notes, done: [...write.done, ...(pending?.done ?? [])] };
  }

  const running = run();
  return {
    name,
    get notes() {
      return notes;
    },
    over: term.over,
    isHeld: () => !term.isOver(),
    write(wanted) {
      if (term.isOver()) return Promise.reject(new PartLostError(name));
      const written = Promise.withResolvers<void>();
      pending = { notes: wanted, done: [...(pending?.done ?? []), written] };
      wake();
      return written.promise;
    },
    hurry() {
      hurried = true;
      wake();
    },
    async end() {
      hurried = true;
      while (pending !== undefined && !term.isOver()) {
        wake();
        await Promise.allSettled(pending.done.map(({ promise }) => promise));
      }
      term.end();
      await running;
    },
  };
}
