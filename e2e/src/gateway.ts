import { type IncomingHttpHeaders, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { setTimeout } from "node:timers/promises";
import type { TestCluster } from "./cluster/test-cluster.ts";
import { environment } from "./environment.ts";

/** Where a gateway listens. */
export interface Gateway {
  readonly http: string;
  readonly https: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Of the certificate that the gateway showed. */
  readonly commonName?: string | undefined;
}

export interface CallOptions {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `name:password` */
  readonly user?: string;
  readonly isSecure?: boolean;
}

/** The gateway of a trigger's Ingress: at the ports that its status names, else where the environment says. */
export async function findGateway({ kubectl }: TestCluster, trigger: string): Promise<Gateway> {
  const ports = "jsonpath={.status.loadBalancer.ingress[0].ports[*].port}";
  await kubectl("wait", `ingress/${trigger}`, "--for=create", "--timeout=30s");
  await kubectl(
    "wait",
    `ingress/${trigger}`,
    "--for=jsonpath={.status.loadBalancer.ingress}",
    "--timeout=30s",
  );
  const [http, https] = (await kubectl("get", "ingress", trigger, "-o", ports)).split(" ");
  if (!http) return { http: environment.ingress ?? "", https: environment.secureIngress };
  return { http: `http://127.0.0.1:${http}`, https: `https://127.0.0.1:${https}` };
}

/** Asks until the gateway answers so; gateways take a moment to follow their objects. */
export async function untilAnswered(
  wanted: Partial<Answer>,
  gateway: Gateway,
  host: string,
  options: CallOptions = {},
): Promise<Answer> {
  const isWanted = (answer: Answer) =>
    Object.entries(wanted).every(([field, value]) => answer[field as keyof Answer] === value);
  for (;;) {
    const answer = await call(gateway, host, options).catch(() => undefined);
    if (answer !== undefined && isWanted(answer)) return answer;
    await setTimeout(100);
  }
}

/** One request to the gateway, for this host. */
export function call(
  { http, https }: Gateway,
  host: string,
  { path = "/", method = "GET", headers = {}, user, isSecure = false }: CallOptions = {},
): Promise<Answer> {
  const { hostname, port } = new URL(isSecure ? https : http);
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
