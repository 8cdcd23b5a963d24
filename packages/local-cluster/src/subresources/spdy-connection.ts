import type { Duplex } from "node:stream";
import { constants, createDeflate, createInflate, type Deflate, type Inflate } from "node:zlib";
import { spdyDictionary } from "./spdy-dictionary.ts";

/** One stream of a connection, as its owner drives it. */
export interface SpdyStream {
  readonly headers: ReadonlyMap<string, string>;
  /** Called with each piece of data, and with undefined when the other side is done. */
  onData: (chunk: Buffer | undefined) => void;
  onReset: () => void;
  write(chunk: Buffer): boolean;
  end(): void;
  reset(): void;
}

const types = { open: 1, reply: 2, reset: 3, ping: 6, goAway: 7 } as const;
const final = 1;

/**
 * The server's side of SPDY/3.1, as far as `kubectl port-forward` uses it: streams opened by the client, data both ways,
 * no flow control (its client has none). Source: draft-mbelshe-httpbis-spdy-00 and moby/spdystream.
 */
export function serveSpdy(socket: Duplex, head: Buffer, onStream: (stream: SpdyStream) => void): void {
  const streams = new Map<number, SpdyStream>();
  const inflate = createHeaderReader();
  const deflate = createHeaderWriter();
  let buffered = head;
  let isBusy = false;

  const send = (first: Buffer, flags: number, body: Buffer): boolean => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE((flags << 24) | body.length);
    return socket.write(Buffer.concat([first, size, body]));
  };
  const sendControl = (type: number, flags: number, body: Buffer) =>
    send(Buffer.from([0x80, 3, 0, type]), flags, body);
  const sendData = (id: number, flags: number, body: Buffer) => send(uint32(id), flags, body);

  const open = async (id: number, flags: number, block: Buffer): Promise<void> => {
    const headers = await inflate(block);
    const stream: SpdyStream = {
      headers,
      onData: () => undefined,
      onReset: () => undefined,
      write: (chunk) => sendData(id, 0, chunk),
      end: () => void sendData(id, final, Buffer.alloc(0)),
      reset: () => void sendControl(types.reset, 0, Buffer.concat([uint32(id), uint32(5)])),
    };
    streams.set(id, stream);
    sendControl(types.reply, 0, Buffer.concat([uint32(id), await deflate()]));
    onStream(stream);
    if ((flags & final) !== 0) stream.onData(undefined);
  };

  const control = async (type: number, flags: number, body: Buffer): Promise<void> => {
    if (type === types.open) await open(body.readUInt32BE(0) & 0x7fffffff, flags, body.subarray(10));
    else if (type === types.ping) sendControl(types.ping, 0, body);
    else if (type === types.reset) streams.get(body.readUInt32BE(0))?.onReset();
    else if (type === types.goAway) socket.end();
  };

  const data = (id: number, flags: number, body: Buffer) => {
    const stream = streams.get(id);
    if (body.length > 0) stream?.onData(body);
    if ((flags & final) !== 0) stream?.onData(undefined);
  };

  const drain = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    while (buffered.length >= 8) {
      const length = buffered.readUInt32BE(4) & 0xffffff;
      if (buffered.length < 8 + length) break;
      const [first, flags, body] = [
        buffered.readUInt32BE(0),
        buffered[4] ?? 0,
        buffered.subarray(8, 8 + length),
      ];
      buffered = buffered.subarray(8 + length);
      if (first >>> 31 === 1) await control(first & 0xffff, flags, body);
      else data(first, flags, body);
    }
    isBusy = false;
  };

  const read = () => drain().catch(() => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    void read();
  });
  socket.on("close", () => {
    for (const stream of streams.values()) stream.onReset();
  });
  void read();
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Header blocks of one connection share one compression state, so they are read in order. */
function createHeaderReader(): (block: Buffer) => Promise<Map<string, string>> {
  const stream = createInflate({ dictionary: spdyDictionary(), finishFlush: constants.Z_SYNC_FLUSH });
  return async (block) => parseHeaders(await pass(stream, block));
}

function parseHeaders(bytes: Buffer): Map<string, string> {
  const headers = new Map<string, string>();
  let at = 4;
  const text = () => {
    const length = bytes.readUInt32BE(at);
    at += 4 + length;
    return bytes.subarray(at - length, at).toString();
  };
  for (let count = bytes.readUInt32BE(0); count > 0; count -= 1) headers.set(text().toLowerCase(), text());
  return headers;
}

/** Answers carry no headers. */
function createHeaderWriter(): () => Promise<Buffer> {
  const stream = createDeflate({ dictionary: spdyDictionary() });
  return () => pass(stream, uint32(0));
}

/** Everything a compressor has to say after this piece. */
function pass(stream: Inflate | Deflate, piece: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    stream.once("error", reject);
    stream.write(piece);
    stream.flush(constants.Z_SYNC_FLUSH, () => {
      stream.off("error", reject);
      resolve((stream.read() as Buffer | null) ?? Buffer.alloc(0));
    });
  });
}
