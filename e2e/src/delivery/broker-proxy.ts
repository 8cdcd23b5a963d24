import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { Transform } from "node:stream";
import { setTimeout } from "node:timers/promises";
import type { Fault } from "./fault.ts";

/** How servers of one kind tell their clients where other servers, or they themselves, are reached. */
export interface Telling {
  /** What they write of a server on this port of this machine. */
  spell(port: number): Buffer;
  /** How many of these bytes are whole messages. */
  countWhole(bytes: Buffer): number;
}

/** The only way of the replicas to a broker's servers. */
export interface BrokerProxy {
  /** In the place of the servers' own: host and port. */
  readonly addresses: readonly string[];
  readonly fault: Fault;
  close(): void;
}

interface Way {
  readonly from: Socket;
  readonly to: Socket;
}

const host = "127.0.0.1";

/**
 * Passes everything on between clients and servers on ports of this machine, until connections are to break. What the
 * servers tell of their addresses is changed to those of the proxy. While a server takes no connections, neither does the
 * proxy in its place.
 */
export async function startBrokerProxy(servers: readonly string[], telling?: Telling): Promise<BrokerProxy> {
  const ways = new Set<Way>();
  const targets = servers.map((server) => Number(server.split(":").at(-1)));
  const doors = await Promise.all(
    targets.map((target) => openDoor(target, (client) => pass(client, target))),
  );
  const told = targets.map((target, at) => [target, doors[at]?.port ?? 0] as const);

  function pass(from: Socket, target: number): void {
    const to = connect(target, host);
    const way = { from, to };
    ways.add(way);
    from.pipe(to);
    if (telling === undefined) to.pipe(from);
    else to.pipe(tellOtherwise(telling, told)).pipe(from);
    from.setNoDelay(true).on("error", () => reset(to));
    to.setNoDelay(true).on("error", () => reset(from));
    from.on("close", () => {
      ways.delete(way);
      to.destroySoon();
    });
    to.on("close", () => {
      from.destroySoon();
      if (ways.delete(way)) doors[targets.indexOf(target)]?.follow();
    });
  }

  const cut = () => {
    for (const way of ways) {
      const { from, to } = way;
      ways.delete(way);
      reset(from);
      reset(to);
    }
  };
  return {
    addresses: doors.map(({ port }) => `${host}:${port}`),
    fault: { name: "all connections to the broker broke", lastsMs: 1_000, begin: cut, end() {} },
    close() {
      for (const door of doors) door.close();
      cut();
    },
  };
}

/** Node cannot reset what is just ending: it would keep it open, and never exit. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/** A port in the place of another one. */
interface Door {
  readonly port: number;
  /** Is shut for as long as the other one takes no connection. */
  follow(): void;
  close(): void;
}

async function openDoor(target: number, received: (client: Socket) => void): Promise<Door> {
  let server = await listen(0, received);
  const { port } = server.address() as AddressInfo;
  let following = false;
  let closed = false;
  const isShut = async () => !closed && !(await takesConnections(target));

  async function follow(): Promise<void> {
    if (!(await isShut())) return;
    server.close();
    while (await isShut()) await setTimeout(50);
    if (!closed) server = await listen(port, received);
  }

  return {
    port,
    follow() {
      if (following) return;
      following = true;
      void follow().finally(() => {
        following = false;
      });
    },
    close() {
      closed = true;
      server.close();
    },
  };
}

async function listen(port: number, received: (client: Socket) => void): Promise<Server> {
  const server = createServer(received).listen(port, host);
  await once(server, "listening");
  return server;
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, host);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Messages leave as a whole: no address is cut in two. */
function tellOtherwise(telling: Telling, told: readonly (readonly [from: number, to: number])[]): Transform {
  const changes = told.map((ports) => ports.map(telling.spell));
  let rest = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const bytes = Buffer.concat([rest, chunk]);
      const whole = telling.countWhole(bytes);
      rest = bytes.subarray(whole);
      done(null, changes.reduce(replaceAll, bytes.subarray(0, whole)));
    },
  });
}

function replaceAll(bytes: Buffer, [from, to]: readonly Buffer[]): Buffer {
  if (from === undefined || to === undefined) return bytes;
  const parts: Buffer[] = [];
  let done = 0;
  for (let at = bytes.indexOf(from); at !== -1; at = bytes.indexOf(from, done)) {
    parts.push(bytes.subarray(done, at), to);
    done = at + from.length;
  }
  return parts.length === 0 ? bytes : Buffer.concat([...parts, bytes.subarray(done)]);
}
