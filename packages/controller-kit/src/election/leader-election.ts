import { setTimeout } from "node:timers/promises";
import type { ClusterClient } from "../cluster/client.ts";
import { type Logger, silentLogger } from "../log/logger.ts";
import { aborted } from "../run/aborted.ts";
import { createLeaseHolder } from "./lease-holder.ts";
import { createTerm, type Term, type TermHandle } from "./term.ts";

export interface LeaderElectionOptions {
  client: ClusterClient;
  /** Where the Lease lies. */
  namespace: string;
  /** The Lease's name: one per job that only one process may do. */
  name: string;
  /** This process: the pod's name and something unique. */
  identity: string;
  /** How long others wait after our last renewal before they take over. Default 15 s. */
  leaseDurationMs?: number | undefined;
  /** How long we trust a renewal: shorter, so that we stop before others start. Default 10 s. */
  renewDeadlineMs?: number | undefined;
  /** Between attempts to acquire or renew. Default 2 s. */
  retryPeriodMs?: number | undefined;
  /** A monotonic clock in ms. Default `performance.now`. */
  now?: (() => number) | undefined;
  logger?: Logger | undefined;
}

/**
 * Makes one process of several the leader, by a Lease as client-go and every Kubernetes component do
 * (https://kubernetes.io/docs/concepts/architecture/leases/). A Lease does not fence: hence {@link Term.check}.
 */
export interface LeaderElection {
  start(): void;
  /** Ends the term and gives the Lease back, so that another can take over at once. */
  stop(): Promise<void>;
  readonly isLeader: boolean;
  /** The term under way and all to come, until the signal. */
  terms(signal: AbortSignal): AsyncGenerator<Term, void>;
}

export function createLeaderElection(options: LeaderElectionOptions): LeaderElection {
  const { identity, name, retryPeriodMs = 2_000, renewDeadlineMs = 10_000, logger = silentLogger } = options;
  const now = options.now ?? (() => performance.now());
  const lease = createLeaseHolder({ ...options, leaseDurationMs: options.leaseDurationMs ?? 15_000, now });
  const stopping = new AbortController();
  const waiting = new Set<(term: Term) => void>();
  let term: TermHandle | undefined;
  let running: Promise<void> = Promise.resolve();

  function begin(validUntil: number): void {
    logger.info({ lease: name, identity }, "Leading");
    term = createTerm({ validUntil, now });
    for (const resolve of waiting) resolve(term);
    waiting.clear();
  }

  function end(why: string): void {
    if (term === undefined) return;
    logger.info({ lease: name, identity, why }, "Not leading any more");
    term.end();
    term = undefined;
  }

  async function attempt(): Promise<void> {
    const sentAt = now();
    const held = await lease.acquireOrRenew(
      AbortSignal.any([stopping.signal, AbortSignal.timeout(renewDeadlineMs)]),
    );
    if (term?.isOver()) end("the term ran out before it was renewed");
    if (!held) end("another process holds the Lease");
    else if (term === undefined) begin(sentAt + renewDeadlineMs);
    else term.extend(sentAt + renewDeadlineMs);
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await attempt().catch((err: unknown) => {
        if (term?.isOver()) end("the term ran out before it was renewed");
        if (!stopping.signal.aborted)
          logger.warn({ lease: name, err }, "The Lease could not be read or renewed");
      });
      const pause = retryPeriodMs * (1 + Math.random() * 0.2);
      await setTimeout(pause, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  return {
    start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
      const led = term !== undefined && !term.isOver();
      end("stopping");
      if (led)
        await lease
          .release()
          .catch((err: unknown) => logger.warn({ lease: name, err }, "The Lease was not given back"));
    },
    get isLeader() {
      return term !== undefined && !term.isOver();
    },
    async *terms(signal) {
      while (!signal.aborted) {
        const current = term !== undefined && !term.isOver() ? term : await nextTerm(waiting, signal);
        if (current === undefined) return;
        yield current;
        await Promise.race([current.over, aborted(signal)]);
      }
    },
  };
}

function nextTerm(waiting: Set<(term: Term) => void>, signal: AbortSignal): Promise<Term | undefined> {
  const { promise, resolve } = Promise.withResolvers<Term | undefined>();
  waiting.add(resolve);
  signal.addEventListener("abort", () => resolve(undefined), { once: true });
  return promise.finally(() => waiting.delete(resolve));
}
