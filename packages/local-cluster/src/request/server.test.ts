import { request } from "node:https";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApiServer, type TestApiServer } from "../testing.ts";

let server: TestApiServer;
let url: string;
let token: string;
let ca: Buffer;
beforeAll(async () => {
  server = await startApiServer();
  const config = JSON.parse(server.kubeconfig);
  url = config.clusters[0].cluster.server;
  ca = Buffer.from(config.clusters[0].cluster["certificate-authority-data"], "base64");
  token = config.users[0].user.token;
});
afterAll(() => server.stop());

function get(path: string, headers: Record<string, string>): Promise<{ code: number; body: string }> {
  return new Promise((resolve, reject) => {
    request(`${url}${path}`, { ca, headers, servername: "localhost" }, (incoming) => {
      let body = "";
      incoming.on("data", (chunk) => {
        body += chunk;
      });
      incoming.on("end", () => resolve({ code: incoming.statusCode ?? 0, body }));
    })
      .on("error", reject)
      .end();
  });
}

test("anybody may ask whether it lives and what it is, and nothing else", async () => {
  expect(await get("/livez", {})).toEqual({ code: 200, body: "ok" });
  expect(JSON.parse((await get("/version", {})).body).gitVersion).toMatch(/^v1\.34\.\d+\+local$/);
  for (const path of [
    "/livez/ping",
    "/healthz",
    "/readyz",
    "/api",
    "/apis",
    "/openapi/v3",
    "/api/v1/secrets",
    "/nothing",
  ]) {
    expect((await get(path, {})).code, path).toBe(401);
    expect((await get(path, { authorization: "Bearer wrong" })).code, path).toBe(401);
  }
});

test("whoever has the token may ask for its health by every name", async () => {
  for (const path of ["/livez", "/readyz", "/healthz", "/livez/ping"])
    expect(await get(path, { authorization: `Bearer ${token}` })).toEqual({ code: 200, body: "ok" });
});

test("a web page and a rebound host name are refused, token or not", async () => {
  const authorization = `Bearer ${token}`;
  expect((await get("/api/v1/pods", { authorization })).code).toBe(200);
  expect((await get("/api/v1/pods", { authorization, origin: "http://localhost:3000" })).code).toBe(403);
  expect((await get("/api/v1/pods", { authorization, host: "evil.example.com" })).code).toBe(403);
  expect((await get("/livez", { host: "evil.example.com" })).code).toBe(403);
});

test("what is not served is a Status with a sentence, never a 200", async () => {
  const headers = { authorization: `Bearer ${token}` };
  for (const path of [
    "/apis/apps/v1/statefulsets",
    "/api/v1/persistentvolumes",
    "/apis/nope.example.com/v1/things",
    "/api/v1/namespaces/default/pods/one/ephemeralcontainers",
  ]) {
    const { code, body } = await get(path, headers);
    expect(code, path).toBe(404);
    // kubectl reads the details of every such answer: one without them ends it with a panic.
    expect(JSON.parse(body)).toMatchObject({ kind: "Status", reason: "NotFound", details: {} });
  }
  const watch = await get("/api/v1/pods", { ...headers, accept: "application/vnd.kubernetes.protobuf" });
  expect(watch.code).toBe(406);
});

test("chaos refuses requests with the faults of a bad day", async () => {
  const bad = await startApiServer({ chaos: { failures: 1, random: () => 0 } });
  try {
    const config = JSON.parse(bad.kubeconfig);
    const good = { url, ca };
    url = config.clusters[0].cluster.server;
    ca = Buffer.from(config.clusters[0].cluster["certificate-authority-data"], "base64");
    const { code } = await get("/api/v1/pods", { authorization: `Bearer ${config.users[0].user.token}` });
    expect(code).toBe(429);
    ({ url, ca } = good);
  } finally {
    await bad.stop();
  }
});

test("a body that is too large is answered, not torn off", async () => {
  const body = JSON.stringify({ metadata: { name: "large" }, data: { a: "x".repeat(8 * 1024 * 1024) } });
  const answer = await new Promise<{ code: number; text: string }>((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const options = { ca, headers, method: "POST", servername: "localhost" };
    request(`${url}/api/v1/namespaces/default/configmaps`, options, (incoming) => {
      let text = "";
      incoming.on("data", (chunk) => {
        text += chunk;
      });
      incoming.on("end", () => resolve({ code: incoming.statusCode ?? 0, text }));
    })
      .on("error", reject)
      .end(body);
  });
  expect(answer.code).toBe(413);
  expect(JSON.parse(answer.text).reason).toBe("RequestEntityTooLarge");
});
