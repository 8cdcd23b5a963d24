import { once } from "node:events";
import { request } from "node:https";
import { type Duplex, PassThrough } from "node:stream";
import { Attach, CoreV1Api, Exec, Log, PortForward, type V1Status } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultImages } from "../../bin-images.ts";
import { startCluster } from "../../start-cluster.ts";
import { openCluster, type TestCluster } from "../cluster.ts";
import { image } from "../kubectl/chapters/image.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG;
const where = kubeconfig === undefined ? "local-cluster" : "the cluster of KUBELESS_TEST_KUBECONFIG";

/** Answers requests, echoes what an upgraded connection brings, and repeats its standard input. */
const program = `
const server = require("node:http").createServer((request, response) => response.end("asked " + request.url));
server.on("upgrade", (request, socket) => {
  socket.write("HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: echo\\r\\nx-path: " + request.url + "\\r\\nx-token: " + ("authorization" in request.headers) + "\\r\\n\\r\\n");
  socket.pipe(socket);
});
server.listen(8080, () => console.log("listening"));
process.stdin.on("data", (text) => console.log("heard " + text));`;

const pod = {
  metadata: { name: "web", labels: { app: "web" } },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name: "main",
        image,
        command: ["node", "-e", program],
        stdin: true,
        ports: [{ containerPort: 8080 }],
        readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: 1, timeoutSeconds: 5 },
      },
    ],
  },
};

/** A sink that can be waited on. */
function listen(): { readonly stream: PassThrough; text(): string; saw(part: string): Promise<void> } {
  const stream = new PassThrough();
  let text = "";
  stream.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const saw = async (part: string) => {
    while (!text.includes(part)) await once(stream, "data");
  };
  return { stream, text: () => text, saw };
}

describe(`client-node's pods on ${where}`, { timeout: 60_000 }, () => {
  let cluster: TestCluster;
  let namespace: string;
  beforeAll(async () => {
    cluster = await openCluster(kubeconfig, () => startCluster({ images: defaultImages() }));
    namespace = cluster.namespace;
    await cluster.until(`/api/v1/namespaces/${namespace}/serviceaccounts/default`, () => true);
    const core = cluster.config.makeApiClient(CoreV1Api);
    await core.createNamespacedPod({ namespace, body: pod });
    const ports = [{ port: 80, targetPort: 8080 }];
    const body = { metadata: { name: "web" }, spec: { selector: { app: "web" }, ports } };
    await core.createNamespacedService({ namespace, body });
    await cluster.until(`/api/v1/namespaces/${namespace}/pods/web`, ({ status }) =>
      status?.conditions?.some(
        ({ type, status: is }: { type: string; status: string }) => type === "Ready" && is === "True",
      ),
    );
  });
  afterAll(() => cluster.stop());

  test("exec gives a command its input, and back its words and its exit code", async () => {
    const [out, err] = [listen(), listen()];
    const input = new PassThrough();
    const script =
      "process.stdin.on('data', (d) => { console.log('got ' + d); console.error('oops'); process.exit(3) })";
    const ended = Promise.withResolvers<V1Status>();
    await new Exec(cluster.config).exec(
      namespace,
      "web",
      "main",
      ["node", "-e", script],
      out.stream,
      err.stream,
      input,
      false,
      ended.resolve,
    );
    input.write("this");
    const { status, reason, details } = await ended.promise;
    expect({ status, reason, code: details?.causes?.[0]?.message }).toEqual({
      status: "Failure",
      reason: "NonZeroExitCode",
      code: "3",
    });
    expect([out.text(), err.text()]).toEqual(["got this\n", "oops\n"]);
  });

  test("attach joins the container's own streams, and leaves it running", async () => {
    const out = listen();
    const input = new PassThrough();
    const socket = await new Attach(cluster.config).attach(
      namespace,
      "web",
      "main",
      out.stream,
      null,
      input,
      false,
    );
    input.write("a word\n");
    await out.saw("heard a word");
    socket.close();
    const { body } = await cluster.send("GET", `/api/v1/namespaces/${namespace}/pods/web`);
    expect(body.status.containerStatuses[0]).toMatchObject({ ready: true, restartCount: 0 });
  });

  test("a port is forwarded", async () => {
    const out = listen();
    const input = new PassThrough();
    await new PortForward(cluster.config).portForward(namespace, "web", [8080], out.stream, null, input);
    input.write("GET /forwarded HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    await out.saw("asked /forwarded");
  });

  test.each(["pods/web:8080", "services/web:80"])(
    "an upgrade through %s/proxy reaches the pod, without the cluster's credentials, and goes on both ways",
    async (target) => {
      await cluster.until(`/api/v1/namespaces/${namespace}/services/web`, () => true);
      const path = `/api/v1/namespaces/${namespace}/${target}/proxy/chat/room`;
      const { headers, socket } = await upgrade(cluster, path);
      expect(headers).toMatchObject({ upgrade: "echo", "x-path": "/chat/room", "x-token": "false" });
      socket.write("back and forth");
      expect(String((await once(socket, "data"))[0])).toBe("back and forth");
      socket.destroy();
    },
  );

  // The real proxy passes on no such answer when it comes at a bad moment.
  test.skipIf(kubeconfig !== undefined)(
    "what a pod answers before it has read all is passed on",
    async () => {
      const path = `/api/v1/namespaces/${namespace}/services/web:80/proxy/early`;
      const bodies = Array.from({ length: 10 }, () => cluster.send("POST", path, "x".repeat(5_000_000)));
      for (const { code } of await Promise.all(bodies)) expect(code).toBe(200);
    },
  );

  test("a log is followed while it grows, until the pod ends", async () => {
    const log = listen();
    await new Log(cluster.config).log(namespace, "web", "main", log.stream, { follow: true });
    await log.saw("listening");
    const socket = await new Attach(cluster.config).attach(
      namespace,
      "web",
      "main",
      null,
      null,
      PassThrough.from([Buffer.from("for the log\n")]),
      false,
    );
    await log.saw("heard for the log");
    socket.close();
    const ended = once(log.stream, "end");
    await cluster.send("DELETE", `/api/v1/namespaces/${namespace}/pods/web`);
    await ended;
  });
});

interface Upgraded {
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly socket: Duplex;
}

async function upgrade({ config }: TestCluster, path: string): Promise<Upgraded> {
  const options: { headers?: Record<string, string> } = {};
  await config.applyToHTTPSOptions(options as never);
  const headers = { ...options.headers, connection: "Upgrade", upgrade: "echo" };
  return new Promise((resolve, reject) => {
    request(`${config.getCurrentCluster()?.server}${path}`, { ...options, headers, agent: false })
      .on("upgrade", (response, socket) => resolve({ headers: response.headers, socket }))
      .on("response", (response) => reject(new Error(`no upgrade but ${response.statusCode}`)))
      .on("error", reject)
      .end();
  });
}
