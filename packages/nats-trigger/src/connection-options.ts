import { type NATSTriggerSpec, secretKeys } from "@kubeless/api-types";
import { type SourceContext, SourceError } from "@kubeless/trigger-kit";
import {
  type Authenticator,
  type ConnectionOptions,
  credsAuthenticator,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "nats";
import { type NatsConfig, splitServers } from "./nats-config.ts";

type Connection = NonNullable<NATSTriggerSpec["connection"]>;
type Secret = Readonly<Record<string, Uint8Array>>;
/** Where settings and Secrets come from. */
export type ConnectionContext = Pick<SourceContext<NatsConfig>, "config" | "secret">;
/** Node's own TLS options go through beside those that the client's types know. */
type Tls = NonNullable<ConnectionOptions["tls"]> & { readonly rejectUnauthorized?: boolean };

/** A paused server closes no connection: three pings without an answer, so some ten seconds, and another one is asked. */
const pingIntervalMs = 3_000;

/** How the client connects: by the trigger's own connection and Secrets, else as the controller is configured. */
export async function toConnectionOptions(
  { connection }: Pick<Partial<NATSTriggerSpec>, "connection">,
  context: ConnectionContext,
): Promise<ConnectionOptions> {
  const shared = {
    name: "kubeless-nats-trigger",
    timeout: 5_000,
    pingInterval: pingIntervalMs,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    reconnectJitter: 500,
    ignoreAuthErrorAbort: true,
  };
  if (connection === undefined) return { ...shared, ...fromUrl(context.config.NATS_URL) };
  const { servers, secretName } = connection;
  const authenticator =
    secretName === undefined ? undefined : toAuthenticator(secretName, await context.secret(secretName));
  const tls = await toTls(connection, context);
  return {
    ...shared,
    servers: [...servers],
    ...(authenticator === undefined ? {} : { authenticator }),
    ...(tls === undefined ? {} : { tls }),
  };
}

/** Servers separated by commas; the first may hold the login: `nats://user:password@host:4222`, `nats://token@host`. */
export function fromUrl(text: string): Pick<ConnectionOptions, "servers" | "authenticator" | "tls"> {
  const urls = splitServers(text).map((url) => new URL(url));
  const { username = "", password = "" } = urls[0] ?? {};
  const [user, pass] = [decodeURIComponent(username), decodeURIComponent(password)];
  return {
    servers: urls.map(({ protocol, host }) => `${protocol}//${host}`),
    ...(urls.some(({ protocol }) => protocol === "tls:") ? { tls: {} } : {}),
    ...(user === ""
      ? {}
      : {
          authenticator: pass === "" ? tokenAuthenticator(user) : usernamePasswordAuthenticator(user, pass),
        }),
  };
}

function toAuthenticator(name: string, secret: Secret): Authenticator {
  const creds = secret[secretKeys.natsCredentials];
  if (creds !== undefined) return tried(credsAuthenticator(creds), name, secretKeys.natsCredentials);
  const seed = textOf(secret, secretKeys.nkeySeed);
  if (seed !== undefined)
    return tried(nkeyAuthenticator(new TextEncoder().encode(seed)), name, secretKeys.nkeySeed);
  const token = textOf(secret, secretKeys.token);
  if (token !== undefined) return tokenAuthenticator(token);
  const username = textOf(secret, secretKeys.username);
  if (username !== undefined)
    return usernamePasswordAuthenticator(username, textOf(secret, secretKeys.password) ?? "");
  throw new SourceError(
    "SecretInvalid",
    `The Secret ${name} needs ${secretKeys.natsCredentials}, ${secretKeys.nkeySeed}, ${secretKeys.token}, or ${secretKeys.username} and ${secretKeys.password}.`,
  );
}

/** What cannot sign is found out here, and not at each server. */
function tried(authenticator: Authenticator, name: string, key: string): Authenticator {
  try {
    authenticator("nonce");
    return authenticator;
  } catch {
    throw new SourceError(
      "SecretInvalid",
      `${key} of the Secret ${name} cannot be used: it is cut off, or no such thing.`,
    );
  }
}

async function toTls({ servers, tls }: Connection, context: ConnectionContext): Promise<Tls | undefined> {
  if (tls === undefined) return servers.some((server) => server.startsWith("tls://")) ? {} : undefined;
  const secret: Secret = tls.secretName === undefined ? {} : await context.secret(tls.secretName);
  const files = {
    ca: textOf(secret, secretKeys.certificateAuthority),
    cert: textOf(secret, secretKeys.tlsCertificate),
    key: textOf(secret, secretKeys.tlsKey),
  };
  const given = Object.entries(files).filter(([, text]) => text !== undefined);
  return { ...Object.fromEntries(given), rejectUnauthorized: !(tls.insecureSkipVerify ?? false) };
}

/** Without the line end that editors leave behind a secret. */
function textOf(secret: Secret, key: string): string | undefined {
  const bytes = secret[key];
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes).replace(/\r?\n$/, "");
}
