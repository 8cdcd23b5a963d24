import { once } from "node:events";
import { createServer, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import type { Fault } from "../fault.ts";

export interface ThrottlingProxy {
  readonly endpoint: string;
  readonly fault: Fault;
  close(): void;
}

/** A server between a reader and Kinesis that says what the emulator never says: that reads are too many. */
export async function startThrottlingProxy(upstream: string): Promise<ThrottlingProxy> {
  let isThrottling = false;
  const server = createServer((incoming, response) => {
    const { method, url = "/", headers } = incoming;
    if (isThrottling && String(headers["x-amz-target"]).endsWith(".GetRecords")) {
      incoming.resume();
      return refuse(response);
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
  const set = (throttles: boolean) => () => {
    isThrottling = throttles;
  };
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: { name: "reads were throttled", lastsMs: 4_000, begin: set(true), end: set(false) },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function refuse(response: ServerResponse): void {
  response.writeHead(400, { "content-type": "application/x-amz-json-1.1" });
  response.end(
    JSON.stringify({ __type: "ProvisionedThroughputExceededException", message: "Rate exceeded for shard" }),
  );
}
