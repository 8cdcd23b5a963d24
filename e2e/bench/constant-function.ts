import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** A function that always answers the same, for so little work that its caller is what a measurement measures. */
export interface ConstantFunction {
  readonly port: number;
  /** How long it takes over an answer, in milliseconds. */
  answerMs: number;
  readonly calls: number;
  /** Resolves when it has been called so often. */
  until(calls: number): Promise<void>;
}

const answer = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok";
const patienceMs = 120_000;

/** Takes requests with a `content-length`, one at a time on each connection. */
export async function startConstantFunction(): Promise<ConstantFunction> {
  let calls = 0;
  let awaited: { readonly calls: number; readonly resolve: () => void } | undefined;
  const reply = (socket: Socket) => {
    socket.write(answer);
    calls += 1;
    if (awaited !== undefined && calls >= awaited.calls) awaited.resolve();
  };
  const server = createServer({ noDelay: true }, (socket) => {
    let request = "";
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      request += chunk.toString("latin1");
      if (!isWhole(request)) return;
      request = "";
      if (self.answerMs > 0) setTimeout(reply, self.answerMs, socket);
      else reply(socket);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const self = {
    port: (server.address() as AddressInfo).port,
    answerMs: 0,
    get calls() {
      return calls;
    },
    async until(wanted: number) {
      if (calls >= wanted) return;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      awaited = { calls: wanted, resolve };
      const late = () => reject(new Error(`${calls} of ${wanted} calls within two minutes.`));
      const timer = setTimeout(late, patienceMs);
      await promise.finally(() => clearTimeout(timer));
    },
  };
  return self;
}

function isWhole(request: string): boolean {
  const end = request.indexOf("\r\n\r\n");
  if (end === -1) return false;
  const [, length = "0"] = /\r\ncontent-length: *(\d+)/i.exec(request) ?? [];
  return request.length >= end + 4 + Number(length);
}
