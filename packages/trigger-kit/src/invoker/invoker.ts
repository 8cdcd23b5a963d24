import { finished } from "node:stream/promises";
import { Pool } from "undici";
import type { Clock } from "../delivery/clock.ts";
import type { Headers } from "../source.ts";
import { type Outcome, toOutcome } from "./outcome.ts";

/** Where a function can be called: an address of a ready endpoint. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface InvokerOptions {
  /** The function's name within the cluster, for the Host header: `hello.default`. */
  readonly authority: string;
  /** Calls at once to one endpoint; as many connections are kept. */
  readonly window: number;
  /** How long a call may take, reply included; ± a quarter of a second. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

export interface Call {
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** Whether the reply's body is wanted; where not it is thrown away unread. */
  readonly wantsReply: boolean;
}

/** Calls one function: a connection pool for each ready endpoint, calls spread over them by how busy they are. */
export interface Invoker {
  /** The ready endpoints, as they are now. Pools of those that are gone end when their calls have. */
  setEndpoints(endpoints: readonly Endpoint[]): void;
  isReady(): boolean;
  /** Never rejects. */
  invoke(call: Call): Promise<Outcome>;
  close(): Promise<void>;
}

interface Target {
  readonly pool: Pool;
  calls: number;
  /** No connection came about: until then others are preferred. */
  avoidUntilMs: number;
}

const avoidMs = 1_000;

const deadlineCheckMs = 250;

export function createInvoker(options: InvokerOptions): Invoker {
  const targets = new Map<string, Target>();
  const deadlines = new Map<AbortController, number>();
  let timer: { clear(): void } | undefined;

  /** One timer for all calls: a timer per call costs more than the call's own book-keeping. */
  const checkDeadlines = () => {
    timer = undefined;
    const now = options.clock.now();
    for (const [controller, deadline] of deadlines) if (deadline <= now) controller.abort();
    if (deadlines.size > 0) timer = options.clock.setTimeout(checkDeadlines, deadlineCheckMs);
  };

  const leastBusy = (): Target | undefined => {
    const now = options.clock.now();
    const better = (one: Target, other: Target) => {
      const avoids = [one, other].map(({ avoidUntilMs }) => avoidUntilMs > now);
      return avoids[0] === avoids[1] ? one.calls < other.calls : avoids[1];
    };
    let best: Target | undefined;
    for (const target of targets.values()) if (best === undefined || better(target, best)) best = target;
    return best;
  };

  const request = async (target: Target, call: Call, signal: AbortSignal): Promise<Outcome> => {
    const response = await target.pool.request({
      path: "/",
      method: "POST",
      headers: { host: options.authority, ...call.headers },
      body: call.body,
      signal,
    });
    const success = response.statusCode >= 200 && response.statusCode < 300;
    const headers = response.headers as Headers;
    if (success && !call.wantsReply) {
      // Thrown away to its end: one that breaks off is no success, which `dump()` would not tell.
      await finished(response.body.resume());
      return { kind: "success", status: response.statusCode, headers, body: noBody };
    }
    return toOutcome(response.statusCode, headers, await response.body.bytes(), options.clock.now());
  };

  return {
    setEndpoints(endpoints) {
      const wanted = new Set(endpoints.map(toOrigin));
      for (const [origin, { pool }] of targets) {
        if (wanted.has(origin)) continue;
        targets.delete(origin);
        pool.close().catch(() => undefined);
      }
      for (const origin of wanted) {
        if (!targets.has(origin))
          targets.set(origin, {
            pool: new Pool(origin, poolOptions(options.window)),
            calls: 0,
            avoidUntilMs: 0,
          });
      }
    },
    isReady: () => targets.size > 0,
    async invoke(call) {
      const target = leastBusy();
      if (target === undefined)
        return { kind: "notReady", message: `${options.authority} has no ready endpoint.` };
      const controller = new AbortController();
      deadlines.set(controller, options.clock.now() + options.timeoutMs);
      timer ??= options.clock.setTimeout(checkDeadlines, deadlineCheckMs);
      target.calls += 1;
      try {
        return await request(target, call, controller.signal);
      } catch (error) {
        const message = toMessage(error as Error, controller.signal.aborted, options);
        if (!isUnreached(error as NodeJS.ErrnoException)) return { kind: "retryable", message };
        target.avoidUntilMs = options.clock.now() + avoidMs;
        return { kind: "unreached", message };
      } finally {
        target.calls -= 1;
        deadlines.delete(controller);
      }
    },
    async close() {
      timer?.clear();
      for (const controller of deadlines.keys()) controller.abort();
      await Promise.all([...targets.values()].map(({ pool }) => pool.destroy()));
      targets.clear();
    },
  };
}

const noBody = new Uint8Array();

function poolOptions(connections: number): Pool.Options {
  return { connections, pipelining: 1, headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 5_000 } };
}

function toOrigin({ host, port }: Endpoint): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Errors of connecting: nothing was sent yet. */
const unreachedCodes = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "UND_ERR_CONNECT_TIMEOUT",
]);

function isUnreached({ code = "" }: NodeJS.ErrnoException): boolean {
  return unreachedCodes.has(code);
}

function toMessage(error: Error, timedOut: boolean, options: InvokerOptions): string {
  if (timedOut) return `${options.authority} did not answer within ${options.timeoutMs / 1000} s.`;
  return `The call of ${options.authority} broke off: ${error.message}.`;
}
