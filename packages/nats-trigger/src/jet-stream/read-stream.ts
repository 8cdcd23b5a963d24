import { setTimeout as delay } from "node:timers/promises";
import type { Msg, NatsConnection } from "nats";
import type { Holdings } from "./holdings.ts";
import { pull } from "./pull.ts";

export interface ReadStreamOptions {
  readonly connection: NatsConnection;
  readonly stream: string;
  readonly durable: string;
  readonly holdings: Pick<Holdings, "size" | "unconfirmed">;
  /** How many messages are held at most. */
  readonly limit: number;
  /** Nothing is read before it resolves. */
  readonly begin: (signal: AbortSignal) => Promise<void>;
  readonly received: (message: Msg, pulledMs: number) => void;
  /** Came when it was to stop. */
  readonly late: (message: Msg) => void;
  /**
   * A pull broke off, and something that it brought may have got lost: how long to wait before the next one. It is doubted
   * whether the consumer is still there when the servers do not serve it, or do not answer.
   */
  readonly brokenOff: (isDoubted: boolean) => Promise<number>;
  /** The servers answered a pull. */
  readonly served: () => void;
  /** It was waited. */
  readonly waited: () => void;
}

/** Reads as long as there is room. */
export interface Reading {
  pause(): void;
  resume(): void;
  /** Something was acknowledged, or could not be: look for room. */
  wake(): void;
  /** The servers have forgotten what they were asked for. */
  restart(): void;
  /** What comes now is not wanted yet: asks for it again after so long. */
  wait(ms: number): void;
  /** Resolves when nothing is asked for any more. */
  stop(): Promise<void>;
}

/** One pull brings no more than so many bytes, whatever the number of messages. */
const pullBytes = 2 * 1024 * 1024;
const pullExpiresMs = 5_000;
const laterMs = 500;

export function readStream(options: ReadStreamOptions): Reading {
  const { connection, stream, durable, holdings, limit, received } = options;
  const stopping = new AbortController();
  let restarting = new AbortController();
  let woken = Promise.withResolvers<void>();
  let paused = false;
  let nextIsLarge = false;
  let waitMs = 0;

  /** Pulls are large, but for an acknowledgement that waits for one. */
  function room(): number {
    const free = limit - holdings.size;
    const enough = Math.ceil(limit / 2);
    if (holdings.unconfirmed > 0) return Math.max(free, enough);
    return !paused && free >= enough ? free : 0;
  }

  async function read(): Promise<void> {
    await options.begin(stopping.signal);
    while (!stopping.signal.aborted) {
      if (waitMs > 0) await waitOnce();
      const messages = room();
      if (messages > 0) await pullOnce(messages);
      else await woken.promise;
      woken = Promise.withResolvers();
    }
  }

  async function pullOnce(messages: number): Promise<void> {
    const pulledMs = performance.now();
    restarting = new AbortController();
    const bounds = nextIsLarge ? { messages: 1, bytes: undefined } : { messages, bytes: pullBytes };
    const signal = AbortSignal.any([stopping.signal, restarting.signal]);
    const late = (message: Msg) => stopping.signal.aborted && options.late(message);
    const request = { stream, durable, ...bounds, expiresMs: pullExpiresMs, signal, late };
    const end = await pull(connection, request, (message) => received(message, pulledMs));
    nextIsLarge = end === "tooLarge";
    const isDoubted = end === "gone" || end === "silent";
    if (!isDoubted && !signal.aborted) options.served();
    if (isDoubted || end === "later" || restarting.signal.aborted)
      waitMs = Math.max(waitMs, await options.brokenOff(isDoubted));
    if (end === "gone" || end === "later") await pause(laterMs);
  }

  async function waitOnce(): Promise<void> {
    const ms = waitMs;
    waitMs = 0;
    await pause(ms);
    options.waited();
  }

  function pause(ms: number): Promise<void> {
    return delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  }

  const reading = read();
  return {
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      woken.resolve();
    },
    wake: () => woken.resolve(),
    restart: () => restarting.abort(),
    wait(ms) {
      waitMs = ms;
      restarting.abort();
    },
    stop() {
      stopping.abort();
      woken.resolve();
      return reading;
    },
  };
}
