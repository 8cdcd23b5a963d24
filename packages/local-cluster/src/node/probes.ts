import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import type { Clock } from "../api/cluster-api.ts";
import type { Container, Probe } from "./pod.ts";
import { wait } from "./wait.ts";

export type ProbeKind = "Startup" | "Readiness" | "Liveness";

/** Undefined is success; a text says why it failed, as the kubelet's events do. */
export type ProbeResult = string | undefined;

/** What probes and life-cycle hooks need from the container they look at. */
export interface ProbeTarget {
  readonly container: Container;
  /** The loopback port on which the container's port really is. */
  realPort(port: number): number;
  /** Runs a command in the container; undefined on exit code 0, else its output. */
  exec(command: readonly string[], timeoutMs: number): Promise<ProbeResult>;
}

export interface ProbeLoop {
  readonly clock: Clock;
  readonly kind: ProbeKind;
  readonly probe: Probe;
  readonly signal: AbortSignal;
  readonly attempt: () => Promise<ProbeResult>;
  /** Told after `successThreshold` successes, or `failureThreshold` failures, in a row, and again on each further one. */
  readonly onVerdict: (success: boolean) => void;
  /** Told of each failure that counts. */
  readonly onFailure: (message: string) => void;
}

/**
 * Probes until aborted. Readiness and startup are tried at once and then at short, growing intervals, so that a pod is
 * ready when it is and not at the next full period; a failure counts only as often, and as late, as `periodSeconds`
 * and `initialDelaySeconds` have it.
 */
export async function runProbe(loop: ProbeLoop): Promise<void> {
  const { clock, probe, signal } = loop;
  const periodMs = (probe.periodSeconds ?? 10) * 1000;
  const begin = clock.now();
  const delayMs = (probe.initialDelaySeconds ?? 0) * 1000;
  let countsFrom = begin + Math.max(delayMs, Math.min(periodMs, 1_000));
  if (loop.kind === "Liveness") await wait(clock, delayMs, signal);
  const streak = createStreak(probe);
  let wasSuccessful = loop.kind === "Liveness";
  while (!signal.aborted) {
    const result = await loop.attempt();
    if (signal.aborted) return;
    const counts = result === undefined || clock.now() >= countsFrom;
    if (result !== undefined && counts) {
      countsFrom = clock.now() + periodMs;
      loop.onFailure(result);
    }
    const verdict = counts ? streak(result === undefined) : undefined;
    if (verdict !== undefined) loop.onVerdict(verdict);
    wasSuccessful ||= verdict === true;
    await wait(clock, wasSuccessful ? periodMs : earlyDelay(loop, clock.now() - begin, periodMs), signal);
  }
}

/** One attempt at what the probe asks for. */
export function attemptProbe(target: ProbeTarget, probe: Probe): Promise<ProbeResult> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.exec) return target.exec(probe.exec.command ?? [], timeoutMs);
  if (probe.httpGet) return attemptHttp(target, probe.httpGet, timeoutMs);
  if (probe.tcpSocket) return attemptTcp(target, probe.tcpSocket, timeoutMs);
  return Promise.resolve(
    "this kind of probe is not supported by the local cluster; use httpGet, tcpSocket or exec",
  );
}

type HttpGet = NonNullable<Probe["httpGet"]>;
type TcpSocket = NonNullable<Probe["tcpSocket"]>;

/** Any status from 200 to 399 is success; certificates are not verified. */
export function attemptHttp(target: ProbeTarget, action: HttpGet, timeoutMs: number): Promise<ProbeResult> {
  const port = findPort(target.container, action.port);
  if (port === undefined) return Promise.resolve(`couldn't find port: ${action.port}`);
  const scheme = (action.scheme ?? "HTTP").toLowerCase();
  const host = action.host || "127.0.0.1";
  const path = `/${(action.path ?? "/").replace(/^\//, "")}`;
  const url = `${scheme}://${host}:${port}${path}`;
  const headers = Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name, value]));
  return new Promise((resolve) => {
    const options = {
      host,
      port: isLoopback(host) ? target.realPort(port) : port,
      path,
      agent: false as const,
      timeout: timeoutMs,
      rejectUnauthorized: false,
      headers: { "User-Agent": "kube-probe/1.34", Accept: "*/*", Connection: "close", ...headers },
    };
    const request = (scheme === "https" ? httpsRequest : httpRequest)(options, (response) => {
      response.resume();
      const { statusCode = 0 } = response;
      const isGood = statusCode >= 200 && statusCode < 400;
      resolve(isGood ? undefined : `HTTP probe failed with statuscode: ${statusCode}`);
    });
    request.once("timeout", () => {
      resolve(`Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`);
      request.destroy();
    });
    request.on("error", (error) => resolve(`Get "${url}": ${dialMessage(host, port, error)}`));
    request.end();
  });
}

function attemptTcp(target: ProbeTarget, action: TcpSocket, timeoutMs: number): Promise<ProbeResult> {
  const port = findPort(target.container, action.port);
  if (port === undefined) return Promise.resolve(`couldn't find port: ${action.port}`);
  const host = action.host || "127.0.0.1";
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: isLoopback(host) ? target.realPort(port) : port,
      timeout: timeoutMs,
    });
    const finish = (result: ProbeResult) => {
      resolve(result);
      socket.destroy();
    };
    socket.once("connect", () => finish(undefined));
    socket.once("timeout", () => finish(`dial tcp ${host}:${port}: i/o timeout`));
    socket.on("error", (error) => finish(dialMessage(host, port, error)));
  });
}

/** A port by number or by the name that the container gives it. */
function findPort(container: Container, port: number | string): number | undefined {
  if (typeof port === "number" || /^\d+$/.test(port)) return Number(port);
  return container.ports?.find(({ name }) => name === port)?.containerPort;
}

function isLoopback(host: string): boolean {
  return host === "127.0.0.1" || host === "localhost";
}

function dialMessage(host: string, port: number, error: NodeJS.ErrnoException): string {
  if (error.code === "ECONNREFUSED") return `dial tcp ${host}:${port}: connect: connection refused`;
  if (error.code === "ECONNRESET") return `read tcp ${host}:${port}: read: connection reset by peer`;
  return error.message;
}

function createStreak({
  successThreshold = 1,
  failureThreshold = 3,
}: Probe): (success: boolean) => boolean | undefined {
  let last: boolean | undefined;
  let length = 0;
  return (success) => {
    length = success === last ? length + 1 : 1;
    last = success;
    return length >= (success ? successThreshold : failureThreshold) ? success : undefined;
  };
}

const firstDelayMs = 10;
const firstExecDelayMs = 100;

/** About a quarter of the time already waited, so that no start takes more than a quarter longer than it must. */
function earlyDelay({ kind, probe }: ProbeLoop, elapsedMs: number, periodMs: number): number {
  if (kind === "Liveness") return periodMs;
  return Math.min(periodMs, Math.max(probe.exec ? firstExecDelayMs : firstDelayMs, elapsedMs / 4));
}
