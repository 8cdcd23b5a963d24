import type { Duplex } from "node:stream";
import { type SpdyStream, serveSpdy } from "./spdy-connection.ts";

type Dial = (port: number) => Promise<Duplex>;

const greeting = [
  "HTTP/1.1 101 Switching Protocols",
  "Connection: Upgrade",
  "Upgrade: SPDY/3.1",
  "X-Stream-Protocol-Version: portforward.k8s.io",
];

/** `kubectl port-forward`: each connection is two streams, one for data and one for an error's text. */
export function serveSpdyPortForward(socket: Duplex, head: Buffer, dial: Dial): void {
  socket.write(`${greeting.join("\r\n")}\r\n\r\n`);
  const errors = new Map<string, SpdyStream>();
  serveSpdy(socket, head, (stream) => {
    const request = stream.headers.get("requestid") ?? "";
    if (stream.headers.get("streamtype") === "error") {
      errors.set(request, stream);
      return;
    }
    const failures = errors.get(request);
    errors.delete(request);
    forward(stream, failures, dial);
  });
}

function forward(stream: SpdyStream, failures: SpdyStream | undefined, dial: Dial): void {
  const port = Number(stream.headers.get("port"));
  const waiting: (Buffer | undefined)[] = [];
  stream.onData = (chunk) => waiting.push(chunk);
  dial(port).then(
    (backend) => {
      const pass = (chunk: Buffer | undefined) =>
        chunk === undefined ? backend.end() : backend.write(chunk);
      for (const chunk of waiting) pass(chunk);
      stream.onData = pass;
      stream.onReset = () => backend.destroy();
      backend.on("data", (chunk: Buffer) => stream.write(chunk));
      backend.on("close", () => {
        stream.end();
        failures?.end();
      });
      backend.on("error", (error) => failures?.write(Buffer.from(error.message)));
    },
    (error: Error) => {
      failures?.write(Buffer.from(`an error occurred forwarding to port ${port}: ${error.message}`));
      failures?.end();
      stream.end();
    },
  );
}
