import { Pool } from "undici";
import type { Clock } from "../delivery/clock.ts";
import { type Outcome, toOutcome } from "./outcome.ts";
import { Post } from "./post.ts";

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

/** Names and values in turn: what is sent as it is costs a call less than an object that is made for it. */
export type HeaderList = readonly string[];

export interface Call {
  readonly headers: HeaderList;
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
  const underWay = new Set<Post>();
  const resolving: (() => void)[] = [];
  let timer: { clear(): void } | undefined;

  /** One timer for all calls: a timer per call costs more than the call's own book-keeping. */
  const checkDeadlines = () => {
    timer = undefined;
    const now = options.clock.now();
    for (const call of underWay) if (call.deadlineMs <= now) call.abort();
    if (underWay.size > 0) timer = options.clock.setTimeout(checkDeadlines, deadlineCheckMs);
  };

  const leastBusy = (): Target | undefined => {
    const now = options.clock.now();
    const better = (one: Target, other: Target) => {
      const [avoidsOne, avoidsOther] = [one.avoidUntilMs > now, other.avoidUntilMs > now];
      return avoidsOne === avoidsOther ? one.calls < other.calls : avoidsOther;
    };
    let best: Target | undefined;
    for (const target of targets.values()) if (best === undefined || better(target, best)) best = target;
    return best;
  };

  /** By then the pool can use the connections again; before, it would make others, or make the next calls wait. */
  const resolveSoon = (resolve: () => void) => {
    if (resolving.push(resolve) === 1) setImmediate(setImmediate, resolveAll);
  };
  const resolveAll = () => {
    for (const resolve of resolving.splice(0)) resolve();
  };

  const toFailure = (target: Target, error: Error, timedOut: boolean): Outcome => {
    const message = toMessage(error, timedOut, options);
    if (!isUnreached(error)) return { kind: "retryable", message };
    target.avoidUntilMs = options.clock.now() + avoidMs;
    return { kind: "unreached", message };
  };

  const post = (target: Target, { headers, body, wantsReply }: Call): Promise<Outcome> =>
    new Promise((resolve) => {
      const end = (outcome: Outcome) => {
        target.calls -= 1;
        underWay.delete(call);
        resolveSoon(() => resolve(outcome));
      };
      const call = new Post(options.clock.now() + options.timeoutMs, wantsReply, {
        answered: (status, answer, reply) => end(toOutcome(status, answer, reply, options.clock.now())),
        failed: (error, timedOut) => end(toFailure(target, error, timedOut)),
      });
      target.calls += 1;
      underWay.add(call);
      timer ??= options.clock.setTimeout(checkDeadlines, deadlineCheckMs);
      target.pool.dispatch(
        { path: "/", method: "POST", headers: ["host", options.authority, ...headers], body },
        call,
      );
    });

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
    invoke(call) {
      const target = leastBusy();
      if (target !== undefined) return post(target, call);
      return Promise.resolve({
        kind: "notReady",
        message: `${options.authority} has no ready endpoint.`,
      });
    },
    async close() {
      timer?.clear();
      for (const call of underWay) call.abort();
      await Promise.all([...targets.values()].map(({ pool }) => pool.destroy()));
      targets.clear();
    },
  };
}

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
