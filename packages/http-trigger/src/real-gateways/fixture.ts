import { randomBytes } from "node:crypto";
import { type IncomingHttpHeaders, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { setTimeout } from "node:timers/promises";
import { functionResource, httpTriggerResource } from "@kubeless/api-types";
import {
  type ClusterClient,
  createClusterClient,
  createProjectionManager,
  loadKubeConfig,
  type ProjectionManager,
  resources,
} from "@kubeless/controller-kit";
import { afterAll, beforeAll } from "vitest";
import { createHttpProjection } from "../http-projection.ts";
import { functions, httpTriggers } from "../kinds.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG;
const ingress = process.env.KUBELESS_TEST_INGRESS;
/** Where the gateway of KUBELESS_TEST_INGRESS speaks TLS. */
const secureIngress = process.env.KUBELESS_TEST_SECURE_INGRESS ?? "https://127.0.0.1:8443";

export const hasGateways = kubeconfig !== undefined && ingress !== undefined;
export const whatGatewaysNeed = "(KUBELESS_TEST_KUBECONFIG, KUBELESS_TEST_INGRESS)";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Of the certificate that the gateway showed. */
  readonly commonName?: string | undefined;
}

export interface CallOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `name:password` */
  readonly user?: string;
  readonly isSecure?: boolean;
}

/** What is read of a condition. */
export interface Told {
  readonly type: string;
  readonly status: string;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

export interface GatewayTest {
  readonly namespace: string;
  readonly client: ClusterClient;
  /** A Function, and in the place of its controller a Service whose pod says its own name and what it was asked. */
  deploy(name: string): Promise<void>;
  createSecret(name: string, type: string, stringData: Readonly<Record<string, string>>): Promise<void>;
  /** An HTTPTrigger, by default of the function `hello`. */
  create(name: string, spec: object): Promise<void>;
  change(name: string, spec: object): Promise<void>;
  conditions(name: string): Promise<readonly Told[]>;
  /** Resolves when the trigger's Ready has this reason. */
  becomes(name: string, reason: string): Promise<void>;
  hostOf(name: string): string;
}

/** A namespace of a real cluster with the functions `hello` and `other`, and the controller in this process. */
export function useGateways(): GatewayTest {
  const namespace = `http-${randomBytes(3).toString("hex")}`;
  const client = createClusterClient({ kubeConfig: loadKubeConfig({ kubeconfig: kubeconfig ?? "" }) });
  let manager: ProjectionManager;
  const test = { namespace, client, ...actionsOn(client, namespace) };

  beforeAll(async () => {
    for (const kind of [functionResource, httpTriggerResource])
      await client.apply(resources.customResourceDefinitions, kind.crd());
    await client.create(resources.namespaces, { metadata: { name: namespace } });
    await Promise.all(["hello", "other"].map(test.deploy));
    const hash = "{SHA}NWoZK3kTsExUV00Ywo1G5jlUKKs="; // of "1"
    await test.createSecret("users", "Opaque", { auth: `me:${hash}\n` });
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
  }, 60_000);
  return test;
}

function actionsOn(client: ClusterClient, namespace: string): Omit<GatewayTest, "namespace" | "client"> {
  const conditions: GatewayTest["conditions"] = async (name) =>
    (await client.get(httpTriggers, { namespace, name })).status?.conditions ?? [];
  return {
    conditions,
    hostOf: (name) => `${name}.${namespace}.example.com`,
    deploy: async (name) => {
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
    },
    createSecret: async (name, type, stringData) => {
      await client.create(resources.secrets, { metadata: { namespace, name }, type, stringData } as never);
    },
    create: async (name, spec) => {
      await client.create(httpTriggers, {
        metadata: { namespace, name },
        spec: { "function-name": "hello", ...spec },
      } as never);
    },
    change: async (name, spec) => {
      await client.patch(httpTriggers, { namespace, name }, { spec } as never);
    },
    becomes: async (name, reason) => {
      const isSo = async () =>
        (await conditions(name)).some((one) => one.type === "Ready" && one.reason === reason);
      while (!(await isSo())) await setTimeout(50);
    },
  };
}

/** Asks until the gateway answers so; gateways take a moment to follow their objects. */
export async function untilAnswered(
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

/** One request to the gateway, for this host. */
export function call(
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
    agent: false,
  } as const;
  return new Promise((resolve, reject) => {
    const sent = isSecure
      ? requestHttps({ ...options, servername: host, rejectUnauthorized: false })
      : requestHttp(options);
    sent.on("error", reject);
    sent.on("response", async (incoming) => {
      const { socket } = incoming as { socket: { getPeerCertificate?: () => { subject?: { CN?: string } } } };
      const commonName = socket.getPeerCertificate?.().subject?.CN;
      const body = Buffer.concat(await incoming.toArray()).toString();
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body, commonName });
    });
    sent.end();
  });
}
