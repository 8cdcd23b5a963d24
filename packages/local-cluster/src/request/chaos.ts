import { StatusError } from "../errors.ts";

/** Faults to inject, as a real cluster shows them on a bad day. */
export interface ChaosOptions {
  /** Share of requests (0 to 1) that fail with 409 (writes), 410 (lists and watches from a revision), 429 or 500. */
  readonly failures?: number;
  /** Watches are cut after a random time between these milliseconds; 1 to 5 s by default. */
  readonly cutWatchesAfterMs?: readonly [number, number];
  /** Answers wait up to this many milliseconds. */
  readonly delayMs?: number;
  /** Numbers in [0, 1); `Math.random` by default. */
  readonly random?: () => number;
}

export interface Chaos {
  /** Throws the fault this request meets, if any. */
  meet(method: string, isWatch: boolean, hasRevision: boolean): void;
  delayMs(): number;
  cutAfterMs(): number | undefined;
}

export function createChaos(options: ChaosOptions | undefined): Chaos {
  if (options === undefined) return { meet: () => undefined, delayMs: () => 0, cutAfterMs: () => undefined };
  const random = options.random ?? Math.random;
  const [least, most] = options.cutWatchesAfterMs ?? [1000, 5000];
  return {
    meet(method, isWatch, hasRevision) {
      if (random() >= (options.failures ?? 0)) return;
      const faults = faultsFor(method, isWatch, hasRevision);
      const fault = faults[Math.floor(random() * faults.length)];
      if (fault !== undefined) throw fault();
    },
    delayMs: () => random() * (options.delayMs ?? 0),
    cutAfterMs: () => least + random() * (most - least),
  };
}

function faultsFor(method: string, isWatch: boolean, hasRevision: boolean): (() => StatusError)[] {
  const faults = [tooMany, broken];
  if (method === "PUT" || method === "PATCH") faults.push(conflict);
  if (isWatch && hasRevision) faults.push(expired);
  return faults;
}

function tooMany(): StatusError {
  return new StatusError("TooManyRequests", "chaos: too many requests, please try again later", {
    retryAfterSeconds: 1,
  });
}

function broken(): StatusError {
  return new StatusError(
    "InternalError",
    "chaos: an error on the server has prevented the request from succeeding",
  );
}

function conflict(): StatusError {
  return new StatusError(
    "Conflict",
    "chaos: the object has been modified; please apply your changes to the latest version and try again",
  );
}

function expired(): StatusError {
  return new StatusError("Expired", "chaos: too old resource version");
}
