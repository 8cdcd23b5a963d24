import { Agent, request as httpRequest } from "node:http";
import { Pool } from "undici";

/** Sends one event to the function; resolves when the answer was read. */
export type Caller = (body: Uint8Array) => Promise<void>;

const headers = { "content-type": "application/json" };

export function poolCaller(port: number, connections: number): Caller {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections, pipelining: 1 });
  return async (body) => {
    const response = await pool.request({ path: "/", method: "POST", headers, body });
    await response.body.dump();
  };
}

/** Without `keepAlive` it makes a connection for each call, as Kubeless did. */
export function agentCaller(port: number, maxSockets: number, keepAlive = true): Caller {
  const agent = new Agent({ keepAlive, maxSockets });
  return (body) =>
    new Promise((resolve, reject) => {
      const length = { ...headers, "content-length": body.byteLength };
      const request = httpRequest({ host: "127.0.0.1", port, method: "POST", agent, headers: length });
      request.on("error", reject).on("response", (response) => response.resume().on("end", resolve));
      request.end(body);
    });
}

/** At most `window` calls at once; resolves when there is room for another. */
export function limit(call: Caller, window: number, done: () => void = () => undefined) {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (body: Uint8Array, ended = done): Promise<void> => {
    while (running >= window) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    void call(body).then(() => {
      running -= 1;
      ended();
      waiting.shift()?.();
    });
  };
}
