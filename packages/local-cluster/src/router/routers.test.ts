import { existsSync, readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { connect } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { systemClock } from "../clock.ts";
import { settled, startTestNode } from "../node/node-fixture.ts";
import type { Service } from "./endpoints.ts";
import { type Routers, startRouters } from "./index.ts";
import { routesFile } from "./preload-file.ts";
import { createService, createSlice, startBackend } from "./router-fixture.ts";
import type { Routes } from "./routes.ts";

async function startAll() {
  const node = await startTestNode();
  const routers = await startRouters(node.api, {
    dataDir: node.dataDir,
    clock: systemClock(),
    ingress: { httpPort: 0, httpsPort: 0 },
  });
  onTestFinished(() => routers.stop());
  return { ...node, routers };
}

async function readBody(routers: Routers, service: string): Promise<string> {
  const socket = await routers.dialService("default", service, 80);
  socket.end("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  let text = "";
  for await (const chunk of socket) text += chunk;
  return text.split("\r\n\r\n")[1] ?? "";
}

test("a Node program in a pod reaches a service by all its names and by its cluster IP, however it connects", async () => {
  const node = await startAll();
  createService(node.api, "hello", 80, [await startBackend((_, answer) => answer.end("hi"))]);
  const program = `
    const http = require("node:http");
    const get = (url) => new Promise((resolve, reject) => http.get(url, async (answer) => {
      let text = ""; for await (const chunk of answer) text += chunk; resolve(text);
    }).on("error", reject));
    const { lookup } = require("node:dns").promises;
    const isPublished = (name) => lookup(name).then(() => true, () => new Promise((resolve) => setTimeout(resolve, 10)));
    (async () => {
      while (!(await isPublished("hello")));
      const hosts = ["hello", "hello.default", "hello.default.svc", "hello.default.svc.cluster.local", "HELLO.default.svc.cluster.local.", "10.96.0.77"];
      for (const host of hosts) {
        console.log(host, await get("http://" + host + "/"), await (await fetch("http://" + host + "/")).text());
      }
      console.log(await lookup("hello"), process.env.HELLO_SERVICE_HOST);
      console.log(await fetch("http://nosuch.default.svc.cluster.local/").catch((error) => error.cause.code));
    })();
  `;
  node.run("caller", {
    restartPolicy: "Never",
    containers: [{ name: "main", image: "node", args: ["-e", program] }],
  });
  const pod = await node.until(
    "caller",
    ({ status }) => status?.phase === "Succeeded" || status?.phase === "Failed",
  );

  expect((await node.log("caller")).split("\n")).toEqual([
    "hello hi hi",
    "hello.default hi hi",
    "hello.default.svc hi hi",
    "hello.default.svc.cluster.local hi hi",
    "HELLO.default.svc.cluster.local. hi hi",
    "10.96.0.77 hi hi",
    "{ address: '10.96.0.77', family: 4 } 10.96.0.77",
    expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    "",
  ]);
  expect(pod.status?.phase).toBe("Succeeded");
});

test("connections go to the ready endpoints in turn", async () => {
  const { api, routers } = await startAll();
  const ports = [
    await startBackend((_, answer) => answer.end("a")),
    await startBackend((_, answer) => answer.end("b")),
  ];
  createService(api, "hello", 80, ports);
  await settled();

  const bodies = [
    await readBody(routers, "hello"),
    await readBody(routers, "hello"),
    await readBody(routers, "hello"),
  ];
  expect(bodies.sort().join("")).toMatch(/^(aab|abb)$/);
});

test("an endpoint that is gone is passed over, and a service without one is refused with its name", async () => {
  const { api, routers } = await startAll();
  createService(api, "hello", 80, [1, await startBackend((_, answer) => answer.end("still here"))]);
  createService(api, "empty", 80, []);
  await settled();

  expect(await readBody(routers, "hello")).toBe("still here");
  expect(await readBody(routers, "hello")).toBe("still here");
  await expect(routers.dialService("default", "empty", 80)).rejects.toMatchObject({
    code: 503,
    message: "service default/empty has no ready endpoints for port 80",
  });
});

test("a pod is refused by a service without endpoints", async () => {
  const node = await startAll();
  createService(node.api, "empty", 80, []);
  const read = () =>
    existsSync(routesFile(node.dataDir)) &&
    (JSON.parse(readFileSync(routesFile(node.dataDir), "utf8")) as Routes);
  const port = await new Promise<number>((resolve) => {
    const look = () => {
      const routes = read();
      const real = routes ? routes.services["default/empty"]?.ports["80"] : undefined;
      if (real === undefined) setImmediate(look);
      else resolve(real);
    };
    look();
  });
  const code = await new Promise((resolve) => {
    connect({ host: "127.0.0.1", port }).once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
  });
  expect(code).toBe("ECONNREFUSED");
});

test("a node port refuses while no endpoint is ready, and does not cut who is connected", async () => {
  const { api } = await startAll();
  const begun = Promise.withResolvers<ServerResponse>();
  const backend = await startBackend((_, answer) => {
    answer.write("hel");
    begun.resolve(answer);
  });
  createService(api, "hello", 80, [backend], { type: "NodePort" });
  const [{ nodePort: port = 0 } = {}] = api.get<Service>("services", "default", "hello")?.spec?.ports ?? [];
  const open = () => fetch(`http://127.0.0.1:${port}`, { headers: { connection: "close" } });
  const connected = () =>
    new Promise<string>((resolve) => {
      const socket = connect({ host: "127.0.0.1", port }, () => {
        socket.destroy();
        resolve("yes");
      });
      socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code ?? ""));
    });
  const becomes = (wanted: string) => vi.waitFor(async () => expect(await connected()).toBe(wanted));

  await becomes("yes");
  const answer = open();
  const unfinished = await begun.promise;
  api.delete("endpointslices.discovery.k8s.io", "default", `hello-${backend}`);
  await becomes("ECONNREFUSED");
  unfinished.end("lo");
  expect(await (await answer).text()).toBe("hello");
  createSlice(api, "hello", backend);
  await becomes("yes");
});

test("a port that a program did not declare becomes known when it listens", async () => {
  const node = await startAll();
  const program = `require("node:http").createServer((_, answer) => answer.end("found")).listen(3000, "0.0.0.0", async () => {
    console.log(await (await fetch("http://localhost:3000")).text());
  })`;
  node.run("web", { containers: [{ name: "main", image: "node", args: ["-e", program] }] });
  const pod = await node.until(
    "web",
    ({ metadata }) => metadata.annotations?.["local-cluster/ports"]?.includes("3000") ?? false,
  );

  expect(JSON.parse(pod.metadata.annotations?.["local-cluster/ports"] ?? "")).toEqual({
    "3000": expect.any(Number),
  });
  expect(await node.firstOutput("web")).toBe("found\n");
  const socket = await node.agent.dial("default", "web", 3000);
  socket.end("GET / HTTP/1.0\r\n\r\n");
  let text = "";
  for await (const chunk of socket) text += chunk;
  expect(text).toContain("found");
});

test("a service of type LoadBalancer says where it is reached from the host", async () => {
  const node = await startAll();
  createService(node.api, "public", 80, [await startBackend((_, answer) => answer.end("public"))], {
    type: "LoadBalancer",
  });
  interface Status {
    readonly status?: {
      readonly loadBalancer?: { readonly ingress?: { ip: string; ports: { port: number }[] }[] };
    };
  }
  const ingress = await new Promise<{ ip: string; ports: { port: number }[] }>((resolve) => {
    node.api.watch<Status>("services", ({ object }) => {
      const [first] = object.status?.loadBalancer?.ingress ?? [];
      if (first !== undefined) resolve(first);
    });
  });
  expect(await (await fetch(`http://${ingress.ip}:${ingress.ports[0]?.port}/`)).text()).toBe("public");
});
