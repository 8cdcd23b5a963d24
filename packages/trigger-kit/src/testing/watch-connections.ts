import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

export interface ConnectionWatch {
  /** Breaks those that are open, as a network does. */
  cut(): void;
  count(): number;
  stop(): void;
}

/**
 * Follows the TCP connections that this process opens to these ports, from now on, whatever library opens them
 * (`net.client.socket` of node:diagnostics_channel).
 */
export function watchConnections(ports: readonly number[]): ConnectionWatch {
  const sockets = new Set<Socket>();
  const opened = (message: unknown) => {
    const { socket } = message as { socket: Socket };
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  };
  const ours = () =>
    [...sockets].filter(({ remotePort }) => remotePort !== undefined && ports.includes(remotePort));
  subscribe("net.client.socket", opened);
  return {
    cut() {
      for (const socket of ours()) socket.destroy(toReset());
    },
    count: () => ours().length,
    stop: () => void unsubscribe("net.client.socket", opened),
  };
}

/** What a socket says whose other end is gone. */
function toReset(): Error {
  return Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" });
}
