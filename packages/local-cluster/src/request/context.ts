import type { IncomingMessage, ServerResponse } from "node:http";
import type { Registry } from "../kinds/registry.ts";
import type { Accepted } from "../negotiation/accept.ts";
import type { Serializer } from "../negotiation/serializer.ts";
import type { Cluster } from "../pipeline/cluster.ts";
import type { Identity } from "./authentication.ts";
import type { Chaos } from "./chaos.ts";
import type { Pages } from "./list.ts";
import type { RequestInfo } from "./request-info.ts";

/** What the handlers of one server share. */
export interface Service {
  readonly cluster: Cluster;
  readonly registry: Registry;
  readonly serializer: Serializer;
  readonly pages: Pages;
  readonly chaos: Chaos;
  readonly gitVersion: string;
}

/** One request on its way. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly info: RequestInfo;
  readonly identity: Identity;
  readonly accepted: Accepted;
  readonly warnings: string[];
}

/** Answers with JSON text. */
export function sendText(
  response: ServerResponse,
  code: number,
  text: string,
  warnings: readonly string[] = [],
): void {
  const body = Buffer.from(text);
  if (warnings.length > 0) {
    response.setHeader(
      "warning",
      warnings.map((warning) => `299 - ${JSON.stringify(warning)}`),
    );
  }
  response.writeHead(code, {
    "content-type": "application/json",
    "content-length": body.length,
    "cache-control": "no-cache, private",
  });
  response.end(body);
}

export function sendJson(response: ServerResponse, code: number, value: unknown): void {
  sendText(response, code, JSON.stringify(value));
}
