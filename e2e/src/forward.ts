import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";

export interface Forward {
  readonly port: number;
  close(): void;
}

/** Passes connections to a free port of `host`, which pods reach, on to a server that listens elsewhere on this machine. */
export async function forwardFrom(host: string, { hostname, port }: URL): Promise<Forward> {
  const server = createServer((socket) => {
    const passed = connect(Number(port), hostname);
    for (const end of [socket, passed]) end.on("error", () => end.destroy());
    socket.pipe(passed).pipe(socket);
    socket.on("close", () => passed.destroy());
  });
  server.listen(0, host);
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}
