import { type WebSocket, WebSocketServer } from "ws";
import { badRequest } from "../errors.ts";
import { readObject } from "../pipeline/update.ts";
import type { Service } from "../request/context.ts";
import { requireNode } from "./handler.ts";
import { serveSpdyPortForward } from "./spdy-port-forward.ts";
import type { Upgrade } from "./upgrade.ts";

const protocols = ["v4.channel.k8s.io", "portforward.k8s.io"];

/** `portforward`: over SPDY as kubectl speaks it, over WebSocket channels as other clients do. */
export async function servePortForward(service: Service, upgrade: Upgrade): Promise<void> {
  const { request, socket, head, info } = upgrade;
  const { namespace = "", name = "" } = info;
  const served = service.registry.byPath("", "v1", "pods");
  if (served !== undefined) readObject(service.cluster, { ...served, namespace, name });
  const node = requireNode(service);
  const dial = (port: number) => node.dial(namespace, name, port);
  if (request.headers.upgrade?.toLowerCase() === "spdy/3.1") return serveSpdyPortForward(socket, head, dial);
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((one) => one.trim());
  const protocol = protocols.find((one) => offered.includes(one));
  const ports = info.query
    .getAll("ports")
    .flatMap((text) => text.split(","))
    .map(Number);
  if (protocol === undefined && offered[0] !== "")
    throw badRequest(`none of the sub-protocols ${offered.join(", ")} is served`);
  if (ports.length === 0 || ports.some((port) => !Number.isInteger(port) || port < 1 || port > 65535)) {
    throw badRequest("the query parameter ports must name the pod's ports, between 1 and 65535");
  }
  const server = new WebSocketServer({ noServer: true, handleProtocols: () => protocol ?? false });
  server.handleUpgrade(request, socket, head, (websocket) => {
    ports.forEach((port, index) => {
      connect(websocket, port, index * 2, dial).catch(() => undefined);
    });
  });
}

/** What waits unsent before the pod's output is held back. */
const highWaterBytes = 1024 * 1024;

type Dial = (port: number) => Promise<import("node:stream").Duplex>;

/** Each port has two channels, data and error; the first message of both is the port, little endian. */
async function connect(websocket: WebSocket, port: number, channel: number, dial: Dial): Promise<void> {
  const number = Buffer.from([port & 255, port >> 8]);
  const send = (to: number, data: Buffer, sent?: () => void) =>
    websocket.send(Buffer.concat([Buffer.from([to]), data]), sent);
  send(channel, number);
  send(channel + 1, number);
  const early: Buffer[] = [];
  const keep = (message: Buffer) => message[0] === channel && early.push(message.subarray(1));
  websocket.on("message", keep);
  try {
    const stream = await dial(port);
    websocket.off("message", keep);
    for (const chunk of early) stream.write(chunk);
    websocket.on("message", (message: Buffer) => {
      if (message[0] === channel && !stream.write(message.subarray(1))) websocket.pause();
    });
    stream.on("drain", () => websocket.resume());
    stream.on("data", (chunk: Buffer) => {
      send(channel, chunk, () => stream.resume());
      if (websocket.bufferedAmount > highWaterBytes) stream.pause();
    });
    stream.on("end", () => websocket.close(1000));
    stream.on("error", (error) => send(channel + 1, Buffer.from(error.message)));
    websocket.on("close", () => stream.destroy());
  } catch (error) {
    send(
      channel + 1,
      Buffer.from(`an error occurred forwarding to port ${port}: ${(error as Error).message}`),
    );
    websocket.close(1011);
  }
}
