import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { connect } from "nats";
import { describe, expect, onTestFinished, test } from "vitest";
import { pull } from "./pull.ts";

const message = (sid: string) => `MSG orders ${sid} $JS.ACK.orders.d.1.1.1.1.0 4\r\nbody\r\n`;

function status(inbox: string, sid: string, line: string, unsent?: number): string {
  const pending = unsent === undefined ? "" : `Nats-Pending-Messages: ${unsent}\r\n`;
  const head = `NATS/1.0 ${line}\r\n${pending}\r\n`;
  return `HMSG ${inbox} ${sid} ${head.length} ${head.length}\r\n${head}\r\n`;
}

/** Speaks the protocol of NATS so far that it answers a pull, in an order that real servers have by chance or by replication. */
async function startServer(
  answer: (inbox: string, sid: string) => readonly string[],
  sentBefore: (sid: string) => string = () => "",
): Promise<string> {
  const server = createServer((socket) => {
    const sids = new Map<string, string>();
    socket.write('INFO {"server_id":"test","version":"2.15.0","headers":true,"max_payload":1048576}\r\n');
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      for (const [, inbox = "", sid = ""] of `${chunk}`.matchAll(/^SUB (\S+) (\S+)\r$/gm))
        sids.set(inbox, sid);
      for (const [, sid = ""] of `${chunk}`.matchAll(/^UNSUB (\S+)\r$/gm)) socket.write(sentBefore(sid));
      for (const _ of `${chunk}`.matchAll(/^PING\r$/gm)) socket.write("PONG\r\n");
      for (const [, inbox = ""] of `${chunk}`.matchAll(
        /^PUB \$JS\.API\.CONSUMER\.MSG\.NEXT\.\S+ (\S+) \d+\r$/gm,
      ))
        for (const part of answer(inbox, sids.get(inbox) ?? "")) socket.write(part);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function pullFrom(answer: (inbox: string, sid: string) => readonly string[]) {
  const connection = await connect({ servers: await startServer(answer) });
  onTestFinished(() => connection.close());
  const read: string[] = [];
  const { signal } = new AbortController();
  const request = {
    stream: "orders",
    durable: "d",
    messages: 3,
    bytes: 1_000,
    expiresMs: 1_000,
    signal,
    late: () => {},
  };
  const end = await pull(connection, request, (each) => read.push(each.string()));
  return { end, read: read.length };
}

describe("a pull", () => {
  test("is full when all that was asked for came", async () => {
    const all = (_: string, sid: string) => [message(sid), message(sid), message(sid)];
    expect(await pullFrom(all)).toEqual({ end: "full", read: 3 });
  });

  test("takes what comes behind the word that all was sent, as of a stream that is replicated", async () => {
    const answer = (inbox: string, sid: string) => [
      status(inbox, sid, "409 Batch Completed", 0),
      ...[message(sid), message(sid), message(sid)],
    ];
    expect(await pullFrom(answer)).toEqual({ end: "full", read: 3 });
  });

  test("takes what was sent before its time was up, though it comes behind that word", async () => {
    const answer = (inbox: string, sid: string) => [
      status(inbox, sid, "408 Request Timeout", 1),
      ...[message(sid), message(sid)],
    ];
    expect(await pullFrom(answer)).toEqual({ end: "expired", read: 2 });
  });

  test("ends without what was said to be sent and does not come", async () => {
    const answer = (inbox: string, sid: string) => [
      status(inbox, sid, "409 Batch Completed", 0),
      message(sid),
    ];
    expect(await pullFrom(answer)).toEqual({ end: "full", read: 1 });
  });

  test.each([
    ["409 Leadership Change", 3, "later"],
    ["409 Consumer Deleted", undefined, "gone"],
    ["503", undefined, "gone"],
    ["409 Message Size Exceeds MaxBytes", 3, "tooLarge"],
    ["408 Request Timeout", 3, "expired"],
    ["404 No Messages", undefined, "expired"],
  ])("that is answered %s is over", async (line, unsent, end) => {
    const answer = (inbox: string, sid: string) => [status(inbox, sid, line, unsent)];
    expect(await pullFrom(answer)).toEqual({ end, read: 0 });
  });

  test("that is given up hands over what was sent before the servers heard of that", async () => {
    const connection = await connect({ servers: await startServer((_, sid) => [message(sid)], message) });
    onTestFinished(() => connection.close());
    const late: string[] = [];
    const stopping = new AbortController();
    const end = await pull(
      connection,
      {
        ...{ stream: "orders", durable: "d", messages: 3, bytes: 1_000, expiresMs: 1_000 },
        signal: stopping.signal,
        late: (each) => late.push(each.string()),
      },
      () => stopping.abort(),
    );
    expect(end).toBe("expired");
    await expect.poll(() => late).toEqual(["body"]);
  });

  test("that nobody answers ends two seconds after its own time", async () => {
    expect(await pullFrom(() => [])).toEqual({ end: "silent", read: 0 });
  });
});
