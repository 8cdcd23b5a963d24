import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { eventHeaders } from "@kubeless/api-types";
import type { Endpoint } from "../invoker/invoker.ts";

export interface FunctionCall {
  /** `event-id`. */
  readonly id: string;
  readonly body: Buffer;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A function as far as an event source is concerned: it is called, and it answers. */
export interface ServedFunction {
  readonly endpoint: Endpoint;
  /** In the order in which they came. */
  readonly calls: readonly FunctionCall[];
  /** Resolves when there were so many calls; rejects, saying how many there were, when they do not come in time. */
  received(count: number, withinMs?: number): Promise<void>;
  close(): Promise<void>;
}

/** Serves a function on loopback; `answer` gives the status for a call, 200 by default. */
export async function serveFunction(
  answer: (call: FunctionCall) => number | Promise<number> = () => 200,
  patienceMs = 20_000,
): Promise<ServedFunction> {
  const calls: FunctionCall[] = [];
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const call = {
      id: String(request.headers[eventHeaders.id]),
      body,
      text: body.toString(),
      headers: request.headers,
    };
    calls.push(call);
    for (const look of waiting) look();
    response.writeHead(await answer(call)).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    calls,
    received: (count, withinMs = patienceMs) => untilReceived(calls, count, waiting, withinMs),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function untilReceived(
  calls: readonly FunctionCall[],
  count: number,
  waiting: Set<() => void>,
  patienceMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (calls.length < count) return;
      clearTimeout(timer);
      waiting.delete(look);
      resolve();
    };
    const timer = setTimeout(() => {
      waiting.delete(look);
      const got = calls.map(({ text }) => text).join(", ");
      reject(new Error(`${calls.length} of ${count} calls came within ${patienceMs} ms: ${got}`));
    }, patienceMs);
    waiting.add(look);
    look();
  });
}
