import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { startBrokerProxy, type Telling } from "./broker-proxy.ts";

async function startServer(
  answer: (client: Socket) => void,
  port = 0,
): Promise<[server: Server, port: number]> {
  const server = createServer((client) => answer(client.on("error", () => undefined))).listen(
    port,
    "127.0.0.1",
  );
  await once(server, "listening");
  return [server, (server.address() as AddressInfo).port];
}

async function startProxy(port: number, telling?: Telling) {
  const proxy = await startBrokerProxy([`127.0.0.1:${port}`], telling);
  onTestFinished(proxy.close);
  const at = Number(proxy.addresses[0]?.split(":")[1]);
  return { ...proxy, at, dial: () => connect(at, "127.0.0.1") };
}

const errorOf = (socket: Socket): Promise<string> =>
  new Promise((resolve) => socket.on("error", ({ code = "" }: NodeJS.ErrnoException) => resolve(code)));

const lines: Telling = {
  spell: (port) => Buffer.from(`"at ${port}"`),
  countWhole: (bytes) => bytes.lastIndexOf("\n") + 1,
};

test("connections break on both sides at once, and new ones are taken at once", async () => {
  const taken: Socket[] = [];
  const [server, port] = await startServer((client) => void taken.push(client));
  onTestFinished(() => void server.close());
  const proxy = await startProxy(port);
  const client = proxy.dial();
  client.write("hello");
  await expect.poll(() => taken.length).toBe(1);
  const broken = [errorOf(client), errorOf(taken[0] as Socket)];
  await proxy.fault.begin();
  expect(await Promise.all(broken)).toEqual(["ECONNRESET", "ECONNRESET"]);
  proxy.dial().on("error", () => undefined);
  await expect.poll(() => taken.length).toBe(2);
});

test("a server is told of by the proxy's address, also where it comes in pieces", async () => {
  const [server, port] = await startServer(async (client) => {
    client.write(`a at ${port}, "at `);
    await new Promise((resolve) => setImmediate(resolve));
    client.end(`${port}", "at ${port}"\nand "at 1"\n`);
  });
  onTestFinished(() => void server.close());
  const proxy = await startProxy(port, lines);
  expect(await text(proxy.dial())).toBe(`a at ${port}, "at ${proxy.at}", "at ${proxy.at}"\nand "at 1"\n`);
});

test("where the server refuses connections the proxy does too, until the server is there again", async () => {
  const [server, port] = await startServer((client) => void client.end("here"));
  const proxy = await startProxy(port);
  expect(await text(proxy.dial())).toBe("here");
  server.close();
  await expect.poll(() => errorOf(proxy.dial())).toBe("ECONNREFUSED");
  const [again] = await startServer((client) => void client.end("again"), port);
  onTestFinished(() => void again.close());
  await expect.poll(() => text(proxy.dial()).catch(() => "")).toBe("again");
});

test("connections that break while they end are not kept open", async () => {
  const open = () => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
  const [server, port] = await startServer((client) => {
    client.once("data", () => {
      client.end("bye");
      setImmediate(() => client.destroy());
    });
  });
  onTestFinished(() => void server.close());
  const proxy = await startProxy(port);
  const before = open();
  async function talk(): Promise<void> {
    const client = proxy.dial().on("error", () => undefined);
    const talking = setInterval(() => client.write(Buffer.alloc(50_000)), 0);
    await new Promise((resolve) => client.resume().on("close", resolve));
    clearInterval(talking);
  }
  for (let round = 0; round < 10; round += 1) await Promise.all(Array.from({ length: 50 }, talk));
  await expect.poll(open).toBeLessThanOrEqual(before);
});
