import { pipeline } from "node:stream/promises";
import { notAllowed, StatusError } from "../errors.ts";
import type { Served } from "../kinds/registry.ts";
import { readBody } from "../negotiation/body.ts";
import type { LogOptions } from "../node/node-agent.ts";
import { readObject } from "../pipeline/update.ts";
import { type Exchange, type Service, sendText } from "../request/context.ts";
import { contentType, targetOf, writeOptions } from "../request/options.ts";
import { bindPod } from "./binding.ts";
import { evict } from "./eviction.ts";
import { assertLogOptions } from "./log-options.ts";
import { proxyRequest } from "./proxy.ts";
import { handleScale } from "./scale.ts";
import { requestToken } from "./token-request.ts";

/** Subresources other than `status`; false when this is none of them. */
export async function handleSubresource(
  service: Service,
  exchange: Exchange,
  served: Served,
): Promise<boolean> {
  const { info } = exchange;
  const part = `${served.resource.id}/${info.subresource}`;
  const posted = postedTo[part];
  if (posted !== undefined) {
    if (info.method !== "POST") throw notAllowed();
    const body = await readBody(exchange.request, contentType(exchange));
    sendText(exchange.response, 201, JSON.stringify(posted(service, exchange, served, body)));
    return true;
  }
  switch (part) {
    case "pods/log":
      await sendLogs(service, exchange, served);
      return true;
    case "pods/proxy":
    case "services/proxy":
      await proxyRequest(service, exchange, served);
      return true;
    case "pods/exec":
    case "pods/attach":
    case "pods/portforward":
      throw new StatusError(
        "BadRequest",
        `${info.subresource} needs an upgraded connection (WebSocket or SPDY/3.1)`,
      );
    default:
      return info.subresource === "scale" ? handleScale(service, exchange, served) : false;
  }
}

type Posted = (service: Service, exchange: Exchange, served: Served, body: unknown) => object;

/** Subresources that take a POST and nothing else, each with its answer. */
const postedTo: Readonly<Record<string, Posted>> = {
  "pods/binding": ({ cluster }, exchange, served, body) =>
    bindPod(cluster, targetOf(served, exchange, exchange.info.name ?? ""), body, writeOptions(exchange)),
  "pods/eviction": evict,
  "serviceaccounts/token": ({ cluster }, exchange, served, body) =>
    requestToken(cluster, targetOf(served, exchange, exchange.info.name ?? ""), body),
};

/** The node that runs pods. Throws ServiceUnavailable while only the API server runs. */
export function requireNode(service: Service) {
  const { node } = service.cluster;
  if (node !== undefined) return node;
  throw new StatusError(
    "ServiceUnavailable",
    "no node runs in this cluster: only its API server was started, so pods have no logs and no processes",
  );
}

async function sendLogs(service: Service, exchange: Exchange, served: Served): Promise<void> {
  const { info, response } = exchange;
  const { namespace = "", name = "", query } = info;
  const pod = readObject(service.cluster, targetOf(served, exchange, name));
  assertLogOptions(query, pod);
  const stream = requireNode(service).logs(namespace, name, logOptions(query));
  response.writeHead(200, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-cache, private",
  });
  response.flushHeaders();
  await pipeline(stream, response).catch(() => response.destroy());
}

function logOptions(query: URLSearchParams): LogOptions {
  const flag = (name: string) => query.get(name) === "true";
  const number = (name: string) => (query.get(name) === null ? {} : { [name]: Number(query.get(name)) });
  const text = (name: string) => (query.get(name) ? { [name]: query.get(name) } : {});
  return {
    follow: flag("follow"),
    previous: flag("previous"),
    timestamps: flag("timestamps"),
    ...number("sinceSeconds"),
    ...number("tailLines"),
    ...number("limitBytes"),
    ...text("container"),
    ...text("sinceTime"),
  };
}
