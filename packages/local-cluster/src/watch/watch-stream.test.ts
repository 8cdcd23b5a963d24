import { once } from "node:events";
import { connect } from "node:tls";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Clock } from "../api/cluster-api.ts";
import { runApiServer } from "../api-server.ts";
import { openCluster, type TestCluster } from "../behaviour/cluster.ts";
import { startApiServer, type TestApiServer } from "../testing.ts";

let server: TestApiServer;
let cluster: TestCluster;
let maps: string;
beforeAll(async () => {
  server = await startApiServer({ historyLimit: 100 });
  cluster = await openCluster(undefined, async () => server);
  maps = `/api/v1/namespaces/${cluster.namespace}/configmaps`;
});
afterAll(() => cluster.stop());

test("a watch resumed from any revision sees exactly what came after it, in order", async () => {
  const revisions: string[] = [];
  for (let n = 0; n < 100; n += 1) {
    const { body } = await cluster.send("POST", maps, {
      metadata: { name: `step-${n}`, labels: { step: "yes" } },
    });
    revisions.push(body.metadata.resourceVersion);
  }
  const resumed = revisions.slice(0, -1).map(async (revision, index) => {
    const seen: string[] = [];
    for await (const { object } of cluster.watch(
      `${maps}?watch=true&labelSelector=step%3Dyes&resourceVersion=${revision}`,
    )) {
      seen.push((object.metadata as { resourceVersion: string }).resourceVersion);
      if (seen.length === revisions.length - index - 1) break;
    }
    expect(seen).toEqual(revisions.slice(index + 1));
  });
  await Promise.all(resumed);
});

test("a watcher that does not read is cut off when what it missed is forgotten, and the others go on", {
  timeout: 90_000,
}, async () => {
  const config = new KubeConfig();
  config.loadFromString(server.kubeconfig);
  const { port } = new URL(config.getCurrentCluster()?.server ?? "");
  const socket = connect({ port: Number(port), host: "127.0.0.1", rejectUnauthorized: false });
  socket.on("error", () => undefined);
  const closed = once(socket, "close");
  socket.write(
    `GET ${maps}?watch=true HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${config.getCurrentUser()?.token}\r\n\r\n`,
  );
  await once(socket, "data");
  socket.pause();
  await cluster.send("POST", maps, { metadata: { name: "big" } });
  const write = async (name: string, value: string) => {
    const { code } = await cluster.send("PATCH", `${maps}/${name}`, { data: { value } });
    expect(code).toBe(200);
  };
  for (let n = 0; n < 30; n += 1) await write("big", `${n}${"x".repeat(1_000_000)}`);
  for (let n = 0; n < 250; n += 1) await write("step-1", String(n));
  socket.resume();
  await closed;
});

test("what is there arrives whole at its watcher, also when it is more than may wait for it", async () => {
  const big = Array.from({ length: 10 }, (_, index) => `whole-${index}`);
  for (const name of big)
    await cluster.send("POST", maps, {
      metadata: { name, labels: { whole: "yes" } },
      data: { x: "x".repeat(1_000_000) },
    });
  const query = "watch=true&labelSelector=whole&sendInitialEvents=true&resourceVersionMatch=NotOlderThan";
  const seen: unknown[] = [];
  for await (const { type, object } of cluster.watch(`${maps}?${query}`)) {
    if (type === "BOOKMARK") break;
    seen.push((object.metadata as { name: string }).name);
  }
  expect(seen).toEqual(big);
});

test("a watch that has ended, and whose reader has not taken all of it yet, is told nothing more", async () => {
  const timers: { delayMs: number; callback: () => void }[] = [];
  const clock: Clock = {
    now: () => Date.now(),
    setTimeout: (callback, delayMs) => {
      timers.push({ callback, delayMs });
      return { clear: () => undefined };
    },
  };
  const fire = (wanted: number) => timers.find(({ delayMs }) => delayMs === wanted)?.callback();
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const still = await openCluster(undefined, () =>
    runApiServer({ clock, log, name: "still", port: 0, chaos: undefined, historyLimit: 100 }),
  );
  try {
    const path = `/api/v1/namespaces/${still.namespace}/configmaps`;
    const watched = still.watch(
      `${path}?watch=true&labelSelector=none&allowWatchBookmarks=true&timeoutSeconds=300`,
    );
    const first = watched.next();
    await vi.waitFor(() => expect(timers.map(({ delayMs }) => delayMs)).toContain(300_000));
    fire(300_000);
    fire(60_000);
    expect((await first).value).toMatchObject({ type: "BOOKMARK" });
    expect(await watched.next()).toEqual({ done: true, value: undefined });
  } finally {
    await still.stop();
  }
});
