import { randomBytes } from "node:crypto";
import { type IncomingHttpHeaders, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { setTimeout } from "node:timers/promises";
import { functionResource, httpTriggerResource } from "@kubeless/api-types";
import {
  type ClusterClient,
  createClusterClient,
  createProjectionManager,
  findCondition,
  loadKubeConfig,
  type ProjectionManager,
  resources,
} from "@kubeless/controller-kit";
import { generate } from "selfsigned";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHttpProjection } from "./http-projection.ts";
import { functions, gateways, httpTriggers } from "./kinds.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG;
const ingress = process.env.KUBELESS_TEST_INGRESS;
/** Where the gateway of KUBELESS_TEST_INGRESS speaks TLS. */
const secureIngress = process.env.KUBELESS_TEST_SECURE_INGRESS ?? "https://127.0.0.1:8443";
const isThere = kubeconfig !== undefined && ingress !== undefined;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Of the certificate that the gateway showed. */
  readonly commonName?: string | undefined;
}

describe.skipIf(!isThere)(
  "a trigger through real gateways (KUBELESS_TEST_KUBECONFIG, KUBELESS_TEST_INGRESS)",
  () => {
    const namespace = `http-${randomBytes(3).toString("hex")}`;
    let client: ClusterClient;
    let manager: ProjectionManager;

    beforeAll(async () => {
      client = createClusterClient({ kubeConfig: loadKubeConfig({ kubeconfig: kubeconfig ?? "" }) });
      for (const kind of [functionResource, httpTriggerResource])
        await client.apply(resources.customResourceDefinitions, kind.crd());
      await client.create(resources.namespaces, { metadata: { name: namespace } });
      await Promise.all(["hello", "other"].map(deploy));
      const hash = "{SHA}NWoZK3kTsExUV00Ywo1G5jlUKKs="; // of "1"
      await createSecret("users", "Opaque", { auth: `me:${hash}\n` });
      manager = createProjectionManager({
        name: "http-trigger",
        identity: "test",
        client,
        projections: [createHttpProjection({ now: () => new Date() })],
        namespace,
      });
      await manager.start();
    }, 120_000);
    afterAll(async () => {
      await manager.stop();
      await client.delete(resources.namespaces, { name: namespace });
      await client.close();
    });

    /** A Function, and in the place of its controller a Service whose pod says its own name and what it was asked. */
    async function deploy(name: string): Promise<void> {
      const metadata = { namespace, name, labels: { function: name } };
      await client.create(functions, { metadata, spec: { handler: "a.b", runtime: "nodejs" } } as never);
      const ports = [{ name: "http-function-port", port: 8080, targetPort: 8081 }];
      await client.create(resources.services, {
        metadata,
        spec: { selector: { function: name }, ports },
      } as never);
      const program = `require("node:http").createServer((q, s) => s.end("${name} " + q.method + " " + q.url)).listen(8081)`;
      const container = {
        name: "server",
        image: "node:24-bookworm-slim",
        imagePullPolicy: "IfNotPresent",
        command: ["node", "-e", program],
      };
      await client.create(resources.pods, {
        metadata,
        spec: { containers: [container], terminationGracePeriodSeconds: 0 },
      } as never);
    }

    const createSecret = (name: string, type: string, stringData: Record<string, string>) =>
      client.create(resources.secrets, { metadata: { namespace, name }, type, stringData } as never);
    const create = (name: string, spec: object) =>
      client.create(httpTriggers, {
        metadata: { namespace, name },
        spec: { "function-name": "hello", ...spec },
      } as never);
    const change = (name: string, spec: object) =>
      client.patch(httpTriggers, { namespace, name }, { spec } as never);
    const ready = async (name: string) =>
      findCondition(await client.get(httpTriggers, { namespace, name }), "Ready");
    const becomes = async (name: string, reason: string) => {
      while ((await ready(name))?.reason !== reason) await setTimeout(50);
    };
    const hostOf = (name: string) => `${name}.${namespace}.example.com`;

    async function untilAnswered(
      status: number,
      host: string,
      path = "/",
      options: CallOptions = {},
    ): Promise<Answer> {
      for (;;) {
        const answer = await call(host, path, options).catch(() => undefined);
        if (answer?.status === status) return answer;
        await setTimeout(50);
      }
    }

    describe.each(["nginx", "traefik"])("of class %s", (gateway) => {
      const named = (name: string) => `${gateway}-${name}`;

      it("answers on its host, then on another, and not when it is deleted", async () => {
        const [before, after] = [hostOf(named("before")), hostOf(named("after"))];
        await create(named("host"), { gateway, "host-name": before });
        expect((await untilAnswered(200, before, "/a?b=1")).body).toBe("hello GET /a?b=1");
        await becomes(named("host"), "Ready");
        expect((await client.get(httpTriggers, { namespace, name: named("host") })).status).toMatchObject({
          url: `http://${before}/`,
          addresses: ["127.0.0.1"],
        });
        await change(named("host"), { "host-name": after });
        expect((await untilAnswered(200, after)).body).toBe("hello GET /");
        await untilAnswered(404, before);
        await client.delete(httpTriggers, { namespace, name: named("host") });
        await untilAnswered(404, after);
      });

      it("strips its path, and two functions answer behind one host", async () => {
        const host = hostOf(named("shared"));
        await create(named("one"), { gateway, "host-name": host, path: "api/v1.0" });
        await create(named("two"), { gateway, "host-name": host, path: "/other/", "function-name": "other" });
        expect((await untilAnswered(200, host, "/api/v1.0/x/y?z=1")).body).toBe("hello GET /x/y?z=1");
        expect((await untilAnswered(200, host, "/other")).body).toBe("other GET /");
        expect((await call(host, "/elsewhere")).status).toBe(404);
      });

      it("asks for a password, withdraws without the Secret's key, and is open when told so", async () => {
        const host = hostOf(named("auth"));
        await create(named("auth"), { gateway, "host-name": host, "basic-auth-secret": "users" });
        await untilAnswered(401, host);
        expect((await untilAnswered(200, host, "/", { user: "me:1" })).body).toBe("hello GET /");
        expect((await call(host, "/", { user: "me:2" })).status).toBe(401);
        await change(named("auth"), { "basic-auth-secret": "nobody" });
        await untilAnswered(404, host, "/", { user: "me:1" });
        await becomes(named("auth"), "SecretNotFound");
        await change(named("auth"), { "basic-auth-secret": "" });
        await untilAnswered(200, host);
        await change(named("auth"), { "basic-auth-secret": "users" });
        await untilAnswered(401, host);
      });

      it("answers a browser's preflight, and stops when told so", async () => {
        const host = hostOf(named("cors"));
        const preflight = {
          method: "OPTIONS",
          headers: { origin: "https://a.example.com", "access-control-request-method": "POST" },
        };
        const isAllowed = async () =>
          (await call(host, "/", preflight)).headers["access-control-allow-origin"] !== undefined;
        await create(named("cors"), { gateway, "host-name": host, "cors-enable": true });
        await untilAnswered(200, host);
        while (!(await isAllowed())) await setTimeout(50);
        expect((await call(host, "/", preflight)).headers).toMatchObject({
          "access-control-allow-origin": expect.stringMatching(/^(\*|https:\/\/a\.example\.com)$/),
          "access-control-allow-methods": expect.stringContaining("POST"),
        });
        await change(named("cors"), { "cors-enable": false });
        while (await isAllowed()) await setTimeout(50);
      });

      it("shows the certificate of its Secret", async () => {
        const host = hostOf(named("tls"));
        const { private: key, cert } = await generate([{ name: "commonName", value: host }], {
          keyType: "ec",
          extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: host }] }],
        });
        await createSecret(named("cert"), "kubernetes.io/tls", { "tls.crt": cert, "tls.key": key });
        await create(named("tls"), { gateway, "host-name": host, "tls-secret": named("cert") });
        let answer = await untilAnswered(200, host, "/", { isSecure: true });
        while (answer.commonName !== host) answer = await untilAnswered(200, host, "/", { isSecure: true });
        expect(answer.body).toBe("hello GET /");
      });
    });

    it("leaves a foreign Ingress of its name alone, and says so", async () => {
      const spec = { defaultBackend: { service: { name: "theirs", port: { number: 80 } } } };
      const theirs = await client.create(resources.ingresses, {
        metadata: { namespace, name: "foreign" },
        spec,
      } as never);
      await create("foreign", { gateway: "nginx", "host-name": hostOf("foreign") });
      await becomes("foreign", "ConflictingObject");
      await client.delete(httpTriggers, { namespace, name: "foreign" });
      expect((await client.get(resources.ingresses, { namespace, name: "foreign" })).spec).toEqual(
        theirs.spec,
      );
    });

    it("keeps a trigger whose function goes, and publishes it when it is back", async () => {
      const host = hostOf("back");
      await create("back", { gateway: "nginx", "host-name": host, "function-name": "later" });
      await becomes("back", "FunctionNotFound");
      await deploy("later");
      expect((await untilAnswered(200, host)).body).toBe("later GET /");
      await client.delete(functions, { namespace, name: "later" });
      await becomes("back", "FunctionNotFound");
      await untilAnswered(404, host);
    });

    it("undoes a hand's change of its Ingress", async () => {
      await create("hand", { gateway: "nginx", "host-name": hostOf("hand") });
      await untilAnswered(200, hostOf("hand"));
      const name = { namespace, name: "hand" };
      const hosts = async () =>
        (await client.get(resources.ingresses, name)).spec?.rules?.map(({ host }) => host);
      await client.patch(resources.ingresses, name, {
        spec: { rules: [{ host: "b.example.com" }] },
      } as never);
      while ((await hosts())?.[0] !== hostOf("hand")) await setTimeout(50);
    });

    it("becomes an HTTPRoute whose Gateway's word comes back, where the Gateway API is served", async ({
      skip,
    }) => {
      const gateway = await client
        .find(gateways, { namespace: "default", name: "gateway" })
        .catch(() => undefined);
      if (gateway === undefined) return skip("there is no Gateway default/gateway");
      const host = hostOf("route");
      const spec = { gateway: "gateway-api", "host-name": host, path: "api", methods: ["GET"] };
      await create("route", { ...spec, parentRef: { name: "gateway", namespace: "default" } });
      expect((await untilAnswered(200, host, "/api/x")).body).toBe("hello GET /x");
      expect((await call(host, "/api/x", { method: "POST" })).status).toBe(404);
      await becomes("route", "Ready");
      await change("route", { parentRef: { name: "nowhere" } });
      await becomes("route", "GatewayNotFound");
    });
  },
);

interface CallOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `name:password` */
  readonly user?: string;
  readonly isSecure?: boolean;
}

/** One request to the gateway, for this host. */
function call(
  host: string,
  path: string,
  { method = "GET", headers = {}, user, isSecure = false }: CallOptions = {},
): Promise<Answer> {
  const { hostname, port } = new URL((isSecure ? secureIngress : ingress) ?? "");
  const auth = user === undefined ? {} : { auth: user };
  const options = {
    hostname,
    port,
    path,
    method,
    headers: { ...headers, host },
    ...auth,
    agent: false as const,
  };
  return new Promise((resolve, reject) => {
    const sent = isSecure
      ? requestHttps({ ...options, servername: host, rejectUnauthorized: false })
      : requestHttp(options);
    sent.on("error", reject);
    sent.on("response", async (incoming) => {
      const { socket } = incoming as { socket: { getPeerCertificate?: () => { subject?: { CN?: string } } } };
      const commonName = socket.getPeerCertificate?.().subject?.CN;
      const chunks = await incoming.toArray();
      resolve({
        status: incoming.statusCode ?? 0,
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString(),
        commonName,
      });
    });
    sent.end();
  });
}
