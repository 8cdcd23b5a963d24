import { connect } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openCluster, type TestCluster } from "../behaviour/cluster.ts";
import { startApiServer } from "../testing.ts";

let cluster: TestCluster;
let maps: string;
beforeAll(async () => {
  cluster = await openCluster(undefined);
  maps = `/api/v1/namespaces/${cluster.namespace}/configmaps`;
});
afterAll(() => cluster.stop());

test("writers that race for one object lose no update when they retry conflicts", async () => {
  await cluster.send("POST", maps, { metadata: { name: "counter" }, data: { n: "0" } });
  const increment = async (): Promise<void> => {
    const { body } = await cluster.send("GET", `${maps}/counter`);
    const next = { ...body, data: { n: String(Number(body.data.n) + 1) } };
    const { code } = await cluster.send("PUT", `${maps}/counter`, next);
    if (code === 409) await increment();
    else expect(code).toBe(200);
  };
  await Promise.all(Array.from({ length: 40 }, increment));
  expect((await cluster.send("GET", `${maps}/counter`)).body.data.n).toBe("40");
});

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

test("a watcher that does not read is let go, and the others go on", { timeout: 60_000 }, async () => {
  const server = await startApiServer();
  const { clusters, users } = JSON.parse(server.kubeconfig);
  const { port } = new URL(clusters[0].cluster.server);
  const socket = connect({ port: Number(port), host: "127.0.0.1", rejectUnauthorized: false });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => undefined);
  socket.pause();
  socket.write(
    `GET /api/v1/configmaps?watch=true HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${users[0].user.token}\r\n\r\n`,
  );
  const authorization = `Bearer ${users[0].user.token}`;
  const { request } = await import("node:https");
  const send = (method: string, path: string, body: object) =>
    new Promise<number>((resolve, reject) => {
      const text = JSON.stringify(body);
      const headers = {
        authorization,
        "content-type": method === "POST" ? "application/json" : "application/merge-patch+json",
        "content-length": Buffer.byteLength(text),
      };
      request({ port, host: "127.0.0.1", method, path, headers, rejectUnauthorized: false }, (incoming) => {
        incoming.resume().on("end", () => resolve(incoming.statusCode ?? 0));
      })
        .on("error", reject)
        .end(text);
    });
  const path = "/api/v1/namespaces/default/configmaps";
  await send("POST", path, { metadata: { name: "big" } });
  for (let n = 0; n < 60; n += 1) {
    const code = await send("PATCH", `${path}/big`, { data: { filler: `${n}`.padEnd(500_000, "x") } });
    expect(code).toBe(200);
  }
  socket.resume();
  await closed;
  await server.stop();
});
