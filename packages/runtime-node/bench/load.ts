// One connection asks again as soon as it was answered. Prints what was measured as JSON.
import { connect } from "node:net";

const [port, connections, milliseconds, size, type] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
const body = type === "application/json" ? jsonOf(Number(size)) : "x".repeat(Number(size));
const request = Buffer.from(
  `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
);
const latencies: number[] = [];
const end = performance.now() + Number(milliseconds);
await Promise.all(Array.from({ length: Number(connections) }, ask));
latencies.sort((a, b) => a - b);
console.log(JSON.stringify({ requests: latencies.length, p50: quantile(0.5), p99: quantile(0.99) }));

function ask(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect(Number(port), "127.0.0.1");
  socket.setNoDelay(true);
  let sentAt = 0;
  let received = 0;
  let expected: number | undefined;
  const send = () => {
    sentAt = performance.now();
    received = 0;
    expected = undefined;
    socket.write(request);
  };
  socket.on("connect", send);
  socket.on("error", reject);
  socket.on("data", (chunk) => {
    expected ??= answerLength(chunk);
    received += chunk.length;
    if (received < expected) return;
    const now = performance.now();
    latencies.push(now - sentAt);
    if (now < end) send();
    else {
      socket.destroy();
      resolve();
    }
  });
  return promise;
}

function answerLength(chunk: Buffer): number {
  const head = chunk.indexOf("\r\n\r\n");
  const text = chunk.subarray(0, head).toString("latin1");
  const length = /content-length: (\d+)/i.exec(text)?.[1];
  if (!text.startsWith("HTTP/1.1 200") || length === undefined)
    throw new Error(`Not an answer to measure: ${text}`);
  return head + 4 + Number(length);
}

function quantile(share: number): number {
  return latencies[Math.floor((latencies.length - 1) * share)] ?? Number.NaN;
}

function jsonOf(length: number): string {
  const items = Array.from({ length: Math.max(1, Math.floor(length / 57)) }, (_, n) => ({
    id: 100000 + n,
    name: "an item of a list",
    done: false,
  }));
  return JSON.stringify({ items });
}
