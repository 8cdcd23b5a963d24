import { type IncomingHttpHeaders, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

/** Where a gateway listens: `http://…`, `https://…`. */
export interface GatewayAddress {
  readonly http: string;
  readonly https: string;
}

export interface HostAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Of the certificate that the gateway showed, whoever signed it. */
  readonly commonName?: string | undefined;
}

export interface HostCall {
  /** Default `/`. */
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `name:password` */
  readonly user?: string;
  readonly isSecure?: boolean;
}

/** One request to a gateway for this host, on a connection of its own. */
export function callHost(
  { http, https }: GatewayAddress,
  host: string,
  { path = "/", method = "GET", headers = {}, user, isSecure = false }: HostCall = {},
): Promise<HostAnswer> {
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
