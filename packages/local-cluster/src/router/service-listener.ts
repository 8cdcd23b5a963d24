import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { pipeline } from "node:stream";

/** A Service's port on this machine's loopback; what connects there is passed on. */
export class ServiceListener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port: number;

  /** `port`: the one that is wanted; 0 takes a free one. */
  constructor(dial: () => Promise<Socket>, port: number) {
    this.#port = port;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      this.#sockets.add(client);
      client.once("close", () => this.#sockets.delete(client));
      void connectThrough(client, dial);
    });
  }

  /** 0 before it was ever open. */
  get port(): number {
    return this.#port;
  }

  /** Takes connections, on another port than before when that is taken. */
  async open(): Promise<void> {
    if (this.#server.listening) return;
    await listen(this.#server, this.#port).catch(() => listen(this.#server, 0));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Refuses new connections; those that there are go on, as with kube-proxy. */
  refuse(): void {
    if (this.#server.listening) this.#server.close();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** Node's own 511 are soon there while this process is held up, and the kernel then turns callers away for seconds. */
export const MOST_WAITING = 4096;

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1", backlog: MOST_WAITING }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function connectThrough(client: Socket, dial: () => Promise<Socket>): Promise<void> {
  client.on("error", () => {});
  try {
    const target = await dial();
    pipeline(client, target, () => {});
    pipeline(target, client, () => {});
  } catch {
    client.resetAndDestroy();
  }
}
