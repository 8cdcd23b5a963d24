import type { IncomingMessage, ServerResponse } from "node:http";
import type { ClusterClient } from "../cluster/client.ts";
import type { RawRequest, RawResponse } from "../cluster/transport.ts";

const PASSED_HEADERS = ["accept", "content-type", "user-agent"] as const;

/** Sends a request on through a client and the answer's head back; the answer's body is left to the caller. */
export async function passOn(
  upstream: ClusterClient,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<RawResponse> {
  const { method, url = "/", headers } = request;
  const body = Buffer.concat(await request.toArray());
  const abort = new AbortController();
  response.once("close", () => abort.abort());
  const answer = await upstream.request(url, {
    method: method as RawRequest["method"],
    headers: Object.fromEntries(
      PASSED_HEADERS.flatMap((name) => (headers[name] ? [[name, headers[name]]] : [])),
    ),
    signal: abort.signal,
    ...(body.length > 0 && { body }),
  });
  response.writeHead(answer.status, { "content-type": String(answer.headers["content-type"]) });
  response.flushHeaders();
  return answer;
}
