import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent, request as send } from "node:https";
import type { AddressInfo } from "node:net";
import { type Access, readAccess } from "@kubeless/controller-kit/testing";

/** A request to the API server, in the words of RBAC. */
interface ApiRequest extends Access {
  readonly status: number;
}

export interface ApiRecorder {
  /** `http://…`, for a client that sends its own token. */
  readonly url: string;
  readonly requests: readonly ApiRequest[];
  /**
   * The API server answers the next write that satisfies the condition, but the client never hears of it. Resolves once
   * that has happened; until `release` no other request of anybody passes.
   */
  interruptAfter(isWanted: (request: ApiRequest) => boolean): Promise<ApiRequest>;
  release(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ApiServerAddress {
  readonly server: string;
  readonly ca: string;
}

/** Stands between a controller and the API server, writes down what is asked and can keep an answer back. */
export async function startApiRecorder(host: string, { server, ca }: ApiServerAddress): Promise<ApiRecorder> {
  const agent = new Agent({ ca, keepAlive: true });
  const requests: ApiRequest[] = [];
  let interruption: { isWanted(request: ApiRequest): boolean; done(request: ApiRequest): void } | undefined;
  let isInterrupted = false;

  const forward = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (isInterrupted) return void incoming.socket.destroy();
    const { method = "GET", url = "/", headers } = incoming;
    const { host: _, ...passed } = headers;
    const upstream = send(new URL(url, server), { agent, method, headers: passed }, (answer) => {
      const access = readAccess(method, url);
      const request = access && { ...access, status: answer.statusCode ?? 0 };
      if (request !== undefined) requests.push(request);
      if (request !== undefined && isWrite(request) && interruption?.isWanted(request)) {
        isInterrupted = true;
        interruption.done(request);
        interruption = undefined;
        answer.resume();
        return void incoming.socket.destroy();
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
    });
    upstream.on("error", () => incoming.socket.destroy());
    outgoing.on("close", () => upstream.destroy());
    incoming.pipe(upstream);
  };

  const proxy = createServer(forward);
  proxy.listen(0, host);
  await once(proxy, "listening");
  return {
    url: `http://${host}:${(proxy.address() as AddressInfo).port}`,
    requests,
    interruptAfter: (isWanted) => new Promise((done) => (interruption = { isWanted, done })),
    release: () => {
      isInterrupted = false;
    },
    [Symbol.asyncDispose]: async () => {
      proxy.closeAllConnections();
      proxy.close();
      await once(proxy, "close");
      agent.destroy();
    },
  };
}

function isWrite({ verb }: ApiRequest): boolean {
  return !["get", "list", "watch"].includes(verb);
}
