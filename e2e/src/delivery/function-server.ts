import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { digestOf } from "./digest.ts";

/** What the function does with a call: everything but `answers` is a fault. */
export type Behaviour =
  | "answers"
  | "is slow"
  | "answers 500"
  | "answers 429"
  | "answers 404"
  | "hangs"
  | "closes the connection"
  | "answers half";

/** One call, as the function saw it. */
export interface Call {
  readonly id: string;
  readonly startedMs: number;
  readonly digest: string;
  /** When the whole answer was handed over; undefined where it never was. */
  endedMs?: number;
  /** The status that was answered as a whole; undefined where it was cut off. */
  status?: number;
}

/** A function as a trigger meets it: an HTTP server that keeps book of its calls and misbehaves when told to. */
export interface FunctionServer {
  readonly port: number;
  readonly calls: readonly Call[];
  /** From the next call on. */
  behave(behaviour: Behaviour): void;
  /** Calls that are being answered. */
  inFlight(): number;
  /** Like a process that is killed: every connection is cut, and new ones are refused. */
  kill(): Promise<void>;
  revive(): Promise<void>;
  close(): Promise<void>;
}

export async function startFunctionServer(): Promise<FunctionServer> {
  const calls: Call[] = [];
  let inFlight = 0;
  let behaviour: Behaviour = "answers";
  let server = createServer(answer);
  let port = await listen(server, 0);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return;
    const call: Call = {
      id: String(request.headers["event-id"]),
      startedMs: performance.now(),
      digest: digestOf(body),
    };
    calls.push(call);
    inFlight += 1;
    response.on("close", () => {
      inFlight -= 1;
      if (!response.writableFinished) return;
      call.endedMs = performance.now();
      call.status = response.statusCode;
    });
    await behaviours[behaviour](response);
  }

  return {
    get port() {
      return port;
    },
    calls,
    behave: (next) => {
      behaviour = next;
    },
    inFlight: () => inFlight,
    async kill() {
      const ended = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await ended;
    },
    async revive() {
      server = createServer(answer);
      port = await listen(server, port);
    },
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const behaviours: Readonly<Record<Behaviour, (response: ServerResponse) => Promise<void> | void>> = {
  async answers(response) {
    await setTimeout(Math.random() * 4);
    response.end("ok");
  },
  async "is slow"(response) {
    await setTimeout(800);
    response.end("ok");
  },
  "answers 500": (response) => void response.writeHead(500).end("no"),
  "answers 429": (response) => void response.writeHead(429, { "retry-after": "1" }).end(),
  "answers 404": (response) => void response.writeHead(404).end("never"),
  hangs: () => {},
  "closes the connection": (response) => void response.destroy(),
  "answers half"(response) {
    response.writeHead(200, { "content-length": "10" });
    response.write("half", () => response.destroy());
  },
};

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) =>
    server.once("error", reject).listen(port, "127.0.0.1", resolve),
  );
  return (server.address() as AddressInfo).port;
}
