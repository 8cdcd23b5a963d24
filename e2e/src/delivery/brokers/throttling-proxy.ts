import { once } from "node:events";
import { createServer, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";

export interface ThrottlingProxy {
  readonly endpoint: string;
  /** These operations are too many from now on, and no others. */
  refuse(...operations: readonly string[]): void;
  allow(): void;
  close(): void;
}

/** A server between a reader and Kinesis that says what the emulator never says: that requests are too many. */
export async function startThrottlingProxy(upstream: string): Promise<ThrottlingProxy> {
  let refused: readonly string[] = [];
  const server = createServer((incoming, response) => {
    const { method, url = "/", headers } = incoming;
    const [, operation = ""] = String(headers["x-amz-target"]).split(".");
    if (refused.includes(operation)) {
      incoming.resume();
      return answerTooMany(response);
    }
    const passed = request(new URL(url, upstream), { method, headers });
    passed.on("response", (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      pipeline(reply, response).catch(() => undefined);
    });
    passed.on("error", () => response.destroy());
    response.on("close", () => response.writableFinished || passed.destroy());
    incoming.pipe(passed);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refuse(...operations) {
      refused = operations;
    },
    allow() {
      refused = [];
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answerTooMany(response: ServerResponse): void {
  response.writeHead(400, { "content-type": "application/x-amz-json-1.1" });
  response.end(
    JSON.stringify({ __type: "ProvisionedThroughputExceededException", message: "Rate exceeded for shard" }),
  );
}
