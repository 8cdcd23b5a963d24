import type { KubeConfig } from "@kubernetes/client-node";
import { type Dispatcher, Pool, ProxyAgent } from "undici";
import { ApiError } from "./api-error.ts";
import { type Credentials, createCredentials } from "./credentials.ts";
import { fenceDispatcher } from "./fence.ts";

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RawRequest {
  method?: Dispatcher.HttpMethod | undefined;
  query?: Query | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  body?: string | Uint8Array | NodeJS.ReadableStream | undefined;
  signal?: AbortSignal | undefined;
  /** How long to wait for the answer's head; 0 waits for ever. Default 30 s. */
  headersTimeoutMs?: number | undefined;
  /** How long the answer's body may be silent; 0 (the default) for ever. */
  idleTimeoutMs?: number | undefined;
  /** Called synchronously right before the first byte is written; what it throws is thrown and nothing is sent. */
  beforeSend?: (() => void) | undefined;
}

export interface RawResponse {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The answer as it arrives: a Readable with `text()`, `json()`, `bytes()`. Read it or `dump()` it. */
  body: Dispatcher.ResponseData["body"];
}

/** HTTP to one API server. */
export interface Transport {
  readonly origin: string;
  /** @throws ApiError `Unreachable` when no answer came; any status is an answer. */
  request(path: string, request?: RawRequest): Promise<RawResponse>;
  /** Ends idle connections now and the others when their answers are read. */
  close(): Promise<void>;
}

/**
 * One pool of keep-alive connections to the current cluster of a kubeconfig. Credentials come from client-node
 * (certificates, tokens, token files, exec plugins) and are refreshed; a changed client certificate changes the pool.
 */
export function createTransport(config: KubeConfig): Transport {
  const cluster = config.getCurrentCluster();
  const server = new URL(cluster?.server ?? "http://localhost:8080");
  const basePath = server.pathname.replace(/\/$/, "");
  const credentials = createCredentials(config);
  let pool: { dispatcher: Dispatcher; tls: Credentials["tls"] } | undefined;

  function dispatcherFor({ tls, fingerprint }: Credentials): Dispatcher {
    if (pool !== undefined && credentials.fingerprintOf(pool.tls) === fingerprint) return pool.dispatcher;
    void pool?.dispatcher.close();
    pool = { dispatcher: createDispatcher(server.origin, cluster?.proxyUrl, tls), tls };
    return pool.dispatcher;
  }

  async function request(path: string, options: RawRequest = {}): Promise<RawResponse> {
    const method = options.method ?? "GET";
    try {
      const current = await credentials.current();
      const pooled = dispatcherFor(current);
      const dispatcher = options.beforeSend ? fenceDispatcher(pooled, options.beforeSend) : pooled;
      const answer = await dispatcher.request(
        toDispatch(server.origin, basePath + path, method, options, current),
      );
      if (answer.statusCode === 401) credentials.forget();
      return { status: answer.statusCode, headers: answer.headers, body: answer.body };
    } catch (error) {
      throw toUnreachable(error, server.origin, method, path, options);
    }
  }

  return { origin: server.origin + basePath, request, close: async () => pool?.dispatcher.close() };
}

function createDispatcher(origin: string, proxyUrl: string | undefined, tls: Credentials["tls"]): Dispatcher {
  const connect = { ...tls, keepAlive: true, keepAliveInitialDelay: 15_000, timeout: 10_000 };
  // Over HTTP/2 all watches would share one connection, whose end throws where no request is there to hear of it.
  const allowH2 = false;
  if (proxyUrl !== undefined) return new ProxyAgent({ uri: proxyUrl, requestTls: connect, allowH2 });
  return new Pool(origin, { connect, allowH2, pipelining: 1, connections: null, keepAliveTimeout: 30_000 });
}

function toDispatch(
  origin: string,
  path: string,
  method: Dispatcher.HttpMethod,
  options: RawRequest,
  credentials: Credentials,
): Dispatcher.RequestOptions {
  return {
    origin,
    path: path + toSearch(options.query),
    method,
    headers: { accept: "application/json", ...options.headers, ...credentials.headers },
    body: (options.body ?? null) as Dispatcher.RequestOptions["body"] & object,
    signal: options.signal ?? null,
    headersTimeout: options.headersTimeoutMs ?? 30_000,
    bodyTimeout: options.idleTimeoutMs ?? 0,
  };
}

function toSearch(query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") search.set(key, String(value));
  }
  return search.size === 0 ? "" : `?${search}`;
}

/** What aborts a request, or forbids it before it is sent, is thrown as it is; the rest is a missing answer. */
function toUnreachable(
  error: unknown,
  origin: string,
  method: string,
  path: string,
  { signal }: RawRequest,
): unknown {
  if (signal?.aborted || error instanceof ApiError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  if (code === undefined) return error;
  const message = `The API server ${origin} did not answer (${sayWhy(code, error as Error)}).`;
  return new ApiError({ status: 0, reason: "Unreachable", message, method, path, cause: error });
}

function sayWhy(code: string, error: Error): string {
  return WHY[code] ?? error.message;
}

const WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused: is it running?",
  ECONNRESET: "connection reset",
  ENOTFOUND: "its name cannot be resolved",
  UND_ERR_SOCKET: "connection closed",
  UND_ERR_CONNECT_TIMEOUT: "no connection within 10 s",
  UND_ERR_HEADERS_TIMEOUT: "no answer in time",
  UND_ERR_BODY_TIMEOUT: "the answer stopped in the middle",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is not signed by the kubeconfig's certificate authority",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is not signed by the kubeconfig's certificate authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is not signed by the kubeconfig's certificate authority",
};
