import { Counter, Registry } from "prom-client";
import { afterEach, expect, it } from "vitest";
import { createHealthServer, type HealthServer } from "./health-server.ts";

const faults = { stuck: [] as string[], notReady: [] as string[] };
let server: HealthServer | undefined;

afterEach(() => server?.stop());

async function start() {
  const registry = new Registry();
  new Counter({ name: "kubeless_test_total", help: "A test's.", registers: [registry] });
  const manager = { stuck: () => faults.stuck, notReady: () => faults.notReady };
  server = createHealthServer({ port: 0, host: "127.0.0.1", manager, registry });
  await server.start();
  const { port } = server;
  return async (path: string, method = "GET") => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    return { status: answer.status, text: await answer.text(), type: answer.headers.get("content-type") };
  };
}

it("tells what is stuck by /healthz and what is waited for by /readyz, and nothing when all is well", async () => {
  const ask = await start();
  expect(await ask("/healthz")).toMatchObject({ status: 200, text: "ok\n" });
  expect(await ask("/readyz?verbose")).toMatchObject({ status: 200, text: "ok\n" });
  faults.stuck = ["function has worked on a/b for long", "another"];
  faults.notReady = ["the first lists are not complete"];
  expect(await ask("/healthz")).toMatchObject({
    status: 500,
    text: "function has worked on a/b for long\nanother\n",
  });
  expect(await ask("/readyz")).toMatchObject({ status: 503, text: "the first lists are not complete\n" });
});

it("shows metrics as Prometheus reads them", async () => {
  const ask = await start();
  const { status, text, type } = await ask("/metrics");
  expect(status).toBe(200);
  expect(type).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(text).toContain("kubeless_test_total 0");
});

it.each([
  ["/", "GET", 404],
  ["/healthz", "POST", 405],
  ["/../../etc/passwd", "GET", 404],
])("refuses %s by %s with %i", async (path, method, status) => {
  const ask = await start();
  expect((await ask(path, method)).status).toBe(status);
});

it("says by rejecting that its port is taken", async () => {
  await start();
  const registry = new Registry();
  const manager = { stuck: () => [], notReady: () => [] };
  const second = createHealthServer({ port: server?.port ?? 0, host: "127.0.0.1", manager, registry });
  await expect(second.start()).rejects.toThrow(/EADDRINUSE/);
});
