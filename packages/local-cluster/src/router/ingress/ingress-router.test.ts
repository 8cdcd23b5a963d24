import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { createSelfSigned } from "../../certificates/self-signed.ts";
import { systemClock } from "../../clock.ts";
import { secret, settled, startTestApi } from "../../node/node-fixture.ts";
import { startRouters } from "../index.ts";
import { type Call, call, createService, startBackend } from "../router-fixture.ts";

async function startIngress() {
  const api = (await startTestApi()).api("test");
  const dataDir = mkdtempSync(join(tmpdir(), "routers-"));
  const routers = await startRouters(api, {
    dataDir,
    clock: systemClock(),
    ingress: { httpPort: 0, httpsPort: 0 },
  });
  onTestFinished(async () => {
    await routers.stop();
    rmSync(dataDir, { recursive: true });
  });
  createService(api, "echo", 80, [
    await startBackend((incoming, answer) => {
      const { "x-forwarded-host": host, "x-forwarded-proto": proto } = incoming.headers;
      answer.setHeader("access-control-allow-origin", "*");
      answer.end(`${incoming.method} ${incoming.url} for ${host} over ${proto}`);
    }),
  ]);
  const { httpPort, httpsPort } = routers.ingress;
  const get = (options: Omit<Call, "port">) => call({ port: httpPort, ...options });
  return { api, httpPort, httpsPort, get };
}

interface Rule {
  readonly host?: string;
  readonly path?: string;
  readonly pathType?: string;
  readonly service?: string;
}

function ingress(
  name: string,
  rules: readonly Rule[],
  annotations: Record<string, string> = {},
  spec: object = {},
): object {
  const prefixed = Object.entries(annotations).map(([key, value]) => [
    `nginx.ingress.kubernetes.io/${key}`,
    value,
  ]);
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name, namespace: "default", annotations: Object.fromEntries(prefixed) },
    spec: {
      rules: rules.map(({ host, path = "/", pathType = "Prefix", service = "echo" }) => ({
        ...(host ? { host } : {}),
        http: { paths: [{ path, pathType, backend: { service: { name: service, port: { number: 80 } } } }] },
      })),
      ...spec,
    },
  };
}

test("requests are routed by host and path, and the Ingress says where", async () => {
  const { api, get, httpPort, httpsPort } = await startIngress();
  api.create("ingresses.networking.k8s.io", ingress("web", [{ host: "a.localhost", path: "/x" }]));
  await settled();

  expect(await get({ host: "a.localhost:8080", path: "/x/y?z=1" })).toMatchObject({
    status: 200,
    body: "GET /x/y?z=1 for a.localhost:8080 over http",
  });
  expect(await get({ host: "b.localhost", path: "/x" })).toMatchObject({
    status: 404,
    body: "default backend - 404: no Ingress has a rule for this host and path\n",
  });
  expect((await get({ host: "a.localhost", path: "/xy" })).status).toBe(404);
  expect(api.get("ingresses.networking.k8s.io", "default", "web")).toMatchObject({
    status: {
      loadBalancer: { ingress: [{ ip: "127.0.0.1", ports: [{ port: httpPort }, { port: httpsPort }] }] },
    },
  });
});

test("an Ingress of a class that is not served is left alone", async () => {
  const { api, get } = await startIngress();
  api.create(
    "ingresses.networking.k8s.io",
    ingress("other", [{ host: "a.localhost" }], {}, { ingressClassName: "traefik" }),
  );
  await settled();

  expect((await get({ host: "a.localhost" })).status).toBe(404);
  expect(api.get("ingresses.networking.k8s.io", "default", "other")).not.toHaveProperty(
    "status.loadBalancer.ingress",
  );
});

test("rewrite-target gives the backend the path behind the rule's", async () => {
  const { api, get } = await startIngress();
  const rule = { host: "a.localhost", path: "/fn(/|$)(.*)", pathType: "ImplementationSpecific" };
  api.create(
    "ingresses.networking.k8s.io",
    ingress("web", [rule], { "rewrite-target": "/$2", "use-regex": "true" }),
  );
  await settled();

  expect((await get({ host: "a.localhost", path: "/fn/deep/er?q=1" })).body).toMatch(/^GET \/deep\/er\?q=1 /);
  expect((await get({ host: "a.localhost", path: "/fn" })).body).toMatch(/^GET \/ /);
  expect((await get({ host: "a.localhost", path: "/fnord" })).status).toBe(404);
});

test.each([
  ["bcrypt", "$2y$05$82zoR0DtTW7T8hTUJD7nMesuqEHOPrl1dw432IGsz3qm2QhVt/jkm"],
  ["apr1", "$apr1$lDkNzVHm$hQjRSzhLRhyoc4yd6/OZN."],
  ["SHA", "{SHA}C+7Hteo/D9vJXQ3UfzxbwnXaijM="],
])("basic auth lets in who is in the htpasswd Secret, hashed with %s", async (_name, hash) => {
  const { api, get } = await startIngress();
  api.create("secrets", secret("users", { auth: `other:x\nfoo:${hash}\n` }));
  const annotations = { "auth-type": "basic", "auth-secret": "users", "auth-realm": 'the "realm"' };
  api.create("ingresses.networking.k8s.io", ingress("web", [{ host: "a.localhost" }], annotations));
  await settled();
  const as = (credentials: string) => ({
    authorization: `Basic ${Buffer.from(credentials).toString("base64")}`,
  });

  expect(await get({ host: "a.localhost" })).toMatchObject({
    status: 401,
    headers: { "www-authenticate": 'Basic realm="the \\"realm\\""' },
  });
  expect((await get({ host: "a.localhost", headers: as("foo:wrong") })).status).toBe(401);
  expect((await get({ host: "a.localhost", headers: as("nobody:foo") })).status).toBe(401);
  expect((await get({ host: "a.localhost", headers: as("foo:foo") })).status).toBe(200);
});

test("a route whose htpasswd Secret is missing lets nobody in", async () => {
  const { api, get } = await startIngress();
  const annotations = { "auth-type": "basic", "auth-secret": "nosuch" };
  api.create("ingresses.networking.k8s.io", ingress("web", [{ host: "a.localhost" }], annotations));
  await settled();

  expect(await get({ host: "a.localhost" })).toMatchObject({
    status: 503,
    body: '503 Service Temporarily Unavailable: Secret default/nosuch with an htpasswd file under the key "auth" is missing\n',
  });
});

test("a protection this router does not know withholds the route", async () => {
  const { api, get } = await startIngress();
  api.create(
    "ingresses.networking.k8s.io",
    ingress("web", [{ host: "a.localhost" }], { "auth-url": "http://x/" }),
  );
  await settled();
  const answer = await get({ host: "a.localhost" });

  expect(answer.status).toBe(503);
  expect(answer.body).toContain(
    "does not support nginx.ingress.kubernetes.io/auth-url and does not serve without",
  );
  expect(api.list("events")).toMatchObject([{ type: "Warning", reason: "UnsupportedAnnotation" }]);
});

test("CORS preflights are answered by the router, and answers carry the route's origin, not the function's", async () => {
  const { api, get } = await startIngress();
  const annotations = { "enable-cors": "true", "cors-allow-origin": "https://*.example.com" };
  api.create("ingresses.networking.k8s.io", ingress("web", [{ host: "a.localhost" }], annotations));
  await settled();
  const from = (origin: string) => ({ host: "a.localhost", headers: { origin } });

  expect(await get({ ...from("https://app.example.com"), method: "OPTIONS" })).toMatchObject({
    status: 204,
    headers: {
      "access-control-allow-origin": "https://app.example.com",
      "access-control-allow-methods": "GET, PUT, POST, DELETE, PATCH, OPTIONS",
    },
  });
  expect((await get(from("https://app.example.com"))).headers["access-control-allow-origin"]).toBe(
    "https://app.example.com",
  );
  expect((await get({ ...from("https://evil.test"), method: "OPTIONS" })).headers).not.toHaveProperty(
    "access-control-allow-origin",
  );
});

test("before the Secret of its certificate is there TLS shows the router's own, and a password is asked for", async () => {
  const { api, httpsPort } = await startIngress();
  api.create("secrets", secret("users", { auth: "foo:{PLAIN}foo\n" }));
  const annotations = { "auth-type": "basic", "auth-secret": "users" };
  const tls = { tls: [{ hosts: ["a.localhost"], secretName: "a-tls" }] };
  api.create("ingresses.networking.k8s.io", ingress("web", [{ host: "a.localhost" }], annotations, tls));
  await settled();
  const ask = async (auth?: string) => {
    const asked = request({
      ...{ host: "127.0.0.1", port: httpsPort, servername: "a.localhost", rejectUnauthorized: false },
      ...{ headers: { host: "a.localhost" }, auth, agent: false },
    }).end();
    const [answer] = await once(asked, "response");
    const commonName = answer.socket.getPeerCertificate().subject.CN;
    answer.resume();
    return { commonName, status: answer.statusCode };
  };

  const commonName = "Local Cluster Ingress Fake Certificate";
  expect(await ask()).toEqual({ commonName, status: 401 });
  expect(await ask("foo:foo")).toEqual({ commonName, status: 200 });
});

test("TLS shows the certificate of the host's Secret, and plain requests are sent there", async () => {
  const { api, get, httpsPort } = await startIngress();
  const { certificate, key } = createSelfSigned({ commonName: "a.localhost" });
  api.create("secrets", secret("a-tls", { "tls.crt": certificate, "tls.key": key }));
  const tls = { tls: [{ hosts: ["a.localhost"], secretName: "a-tls" }] };
  api.create("ingresses.networking.k8s.io", ingress("web", [{ host: "a.localhost" }], {}, tls));
  await settled();
  const commonName = (servername: string) =>
    new Promise((resolve) => {
      const socket = connectTls(
        { host: "127.0.0.1", port: httpsPort, servername, rejectUnauthorized: false },
        () => {
          resolve(socket.getPeerCertificate().subject.CN);
          socket.destroy();
        },
      );
    });

  expect(await commonName("a.localhost")).toBe("a.localhost");
  expect(await commonName("b.localhost")).toBe("Local Cluster Ingress Fake Certificate");
  expect(await get({ host: "a.localhost", path: "/p?q" })).toMatchObject({
    status: 308,
    headers: { location: `https://a.localhost:${httpsPort}/p?q` },
  });
});

test("upgrades are passed through in both directions", async () => {
  const { api, httpPort } = await startIngress();
  const port = await startUpgradeBackend();
  createService(api, "socket", 80, [port]);
  api.create("ingresses.networking.k8s.io", ingress("web", [{ host: "a.localhost", service: "socket" }]));
  await settled();
  const socket = connect({ host: "127.0.0.1", port: httpPort });
  socket.write("GET /chat HTTP/1.1\r\nHost: a.localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
  let text = "";
  for await (const chunk of socket) {
    text += chunk;
    if (text.endsWith("\r\n\r\n")) socket.write("ping");
    if (text.endsWith("ping")) socket.end();
  }
  expect(text).toMatch(/^HTTP\/1.1 101 .*ping$/s);
});

async function startUpgradeBackend(): Promise<number> {
  const { createServer } = await import("node:http");
  const server = createServer().listen(0, "127.0.0.1");
  server.on("upgrade", (_incoming, socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    socket.pipe(socket);
  });
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

test("a large body passes in both directions, and one that is cut off is not passed for whole", async () => {
  const { api, httpPort } = await startIngress();
  const port = await startBackend((incoming, answer) => {
    if (incoming.url === "/cut") {
      answer.writeHead(200, { "Content-Length": "1000" }).write("half");
      setImmediate(() => incoming.socket.destroy());
    } else incoming.pipe(answer);
  });
  createService(api, "mirror", 80, [port]);
  api.create("ingresses.networking.k8s.io", ingress("web", [{ host: "localhost", service: "mirror" }]));
  await settled();
  const body = "ü".repeat(1 << 20);

  const answer = await fetch(`http://localhost:${httpPort}/`, { method: "POST", body });
  expect((await answer.text()) === body).toBe(true);
  const cut = await fetch(`http://localhost:${httpPort}/cut`);
  await expect(cut.text()).rejects.toThrow();
});

test("a path that is no regular expression withholds its route and no other one", async () => {
  const { api, get } = await startIngress();
  const bad = { host: "a.localhost", path: "/fn(", pathType: "ImplementationSpecific" };
  api.create("ingresses.networking.k8s.io", ingress("bad", [bad], { "use-regex": "true" }));
  api.create("ingresses.networking.k8s.io", ingress("good", [{ host: "b.localhost" }]));
  await settled();

  expect((await get({ host: "a.localhost", path: "/fn(" })).body).toContain("is not a regular expression");
  expect((await get({ host: "b.localhost" })).status).toBe(200);
});

test("a service without ready endpoints is said, and a deleted Ingress is gone at once", async () => {
  const { api, get } = await startIngress();
  createService(api, "empty", 80, []);
  api.create("ingresses.networking.k8s.io", ingress("web", [{ host: "a.localhost", service: "empty" }]));
  await settled();
  expect(await get({ host: "a.localhost" })).toMatchObject({
    status: 503,
    body: "503 Service Temporarily Unavailable: service default/empty has no ready endpoints for port 80\n",
  });
  api.delete("ingresses.networking.k8s.io", "default", "web");
  await settled();
  expect((await get({ host: "a.localhost" })).status).toBe(404);
});

test("exact paths come before prefixes, long ones before short ones, named hosts before wildcards", async () => {
  const { api, get } = await startIngress();
  const names = ["exact", "long", "short", "wild", "any"];
  for (const name of names)
    createService(api, name, 80, [await startBackend((_, answer) => answer.end(name))]);
  const rules = [
    { service: "any" },
    { host: "*.localhost", service: "wild" },
    { host: "a.localhost", path: "/", service: "short" },
    { host: "a.localhost", path: "/x/y", service: "long" },
    { host: "a.localhost", path: "/x/y", pathType: "Exact", service: "exact" },
  ];
  api.create("ingresses.networking.k8s.io", ingress("web", rules));
  await settled();
  const body = async (host: string, path: string) => (await get({ host, path })).body;

  expect(await body("a.localhost", "/x/y")).toBe("exact");
  expect(await body("a.localhost", "/x/y/z")).toBe("long");
  expect(await body("A.localhost:80", "/x")).toBe("short");
  expect(await body("b.localhost", "/x/y")).toBe("wild");
  expect(await body("b.c.localhost", "/")).toBe("any");
});
