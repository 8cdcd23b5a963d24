import type { LeaseHolder } from "@kubeless/controller-kit";
import type { PartHandlers } from "./parts.ts";
import { startTenure, type Tenure, type TenureOptions } from "./tenure.ts";

export interface PartHolderOptions extends Omit<TenureOptions, "takenAtMs"> {
  /** The handlers of now. */
  readonly handlers: () => PartHandlers;
}

/** Takes one part whenever it can be had and is to be had, and gives it up when it is not. */
export interface PartHolder {
  /**
   * Whether the part is this replica's share. One that is not is given up, and taken only after nobody held it for as
   * long as a Lease lasts: whoever's share it is cannot work on it.
   */
  setShare(isOurs: boolean): void;
  /** Gives the part up; with `finish: false` without a word to the handlers. Resolves when the Lease is given back. */
  stop(how?: { finish: boolean }): Promise<void>;
}

export function startPartHolder(options: PartHolderOptions): PartHolder {
  const { lease, timing, now } = options;
  const stopping = new AbortController();
  let finish = true;
  let isOurs = false;
  let tenure: Tenure | undefined;
  let disturb = (): void => undefined;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const takenAtMs = now();
      const asShare = isOurs;
      const held = await attempt(asShare ? 0 : timing.leaseMs);
      const isWanted = !stopping.signal.aborted && (isOurs || !asShare);
      if (held && isWanted) await keep(startTenure({ ...options, takenAtMs }));
      else if (held) await giveBack(lease);
      else await pause(isOurs ? timing.retryMs : timing.leaseMs / 4);
    }
  }

  async function attempt(patienceMs: number): Promise<boolean> {
    try {
      const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(timing.termMs)]);
      return await lease.acquireOrRenew(signal, patienceMs);
    } catch (error) {
      if (!stopping.signal.aborted) options.failed(error);
      return false;
    }
  }

  async function keep(current: Tenure): Promise<void> {
    tenure = current;
    const { taken, lost } = options.handlers();
    taken(current);
    const givenUp = new Promise<void>((resolve) => {
      disturb = resolve;
    });
    await Promise.race([current.over, givenUp]);
    current.hurry();
    if (finish) await lost(current).catch(options.failed);
    await current.end();
    tenure = undefined;
    await giveBack(lease);
  }

  /** One that cannot be given back runs out by itself. */
  function giveBack(held: LeaseHolder): Promise<void> {
    return held.release().catch(options.failed);
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(end, ms * (1 + Math.random() * 0.2));
      disturb = end;
    });
  }

  const running = run();
  return {
    setShare(share) {
      if (share === isOurs) return;
      isOurs = share;
      if (isOurs !== (tenure !== undefined)) disturb();
    },
    async stop(how = { finish: true }) {
      finish = how.finish;
      stopping.abort();
      disturb();
      await running;
    },
  };
}
