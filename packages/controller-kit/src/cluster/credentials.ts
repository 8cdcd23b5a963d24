import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";

export interface Credentials {
  headers: Record<string, string>;
  tls: TlsMaterial;
  /** Equal as long as `tls` is. */
  fingerprint: string;
}

interface TlsMaterial {
  ca?: Buffer | string;
  cert?: Buffer | string;
  key?: Buffer | string;
  passphrase?: string;
  rejectUnauthorized?: boolean;
  servername?: string;
}

const REFRESH_AFTER_MS = 30_000;

/** Asks client-node for headers and certificates, at most every 30 s and anew after {@link forget}. */
export function createCredentials(config: KubeConfig) {
  let cached: { at: number; credentials: Promise<Credentials> } | undefined;

  function current(): Promise<Credentials> {
    if (cached === undefined || performance.now() - cached.at > REFRESH_AFTER_MS) {
      const credentials = load(config);
      cached = { at: performance.now(), credentials };
      credentials.catch(() => forget());
    }
    return cached.credentials;
  }

  function forget(): void {
    cached = undefined;
  }

  return { current, forget, fingerprintOf };
}

async function load(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = { headers: {} };
  await config.applyToHTTPSOptions(options);
  const tls = toTls(options);
  return { headers: toHeaders(options), tls, fingerprint: fingerprintOf(tls) };
}

function toTls(options: RequestOptions): TlsMaterial {
  const names = ["ca", "cert", "key", "passphrase", "rejectUnauthorized", "servername"] as const;
  return Object.fromEntries(
    names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
}

function toHeaders(options: RequestOptions): Record<string, string> {
  const given = Object.entries(options.headers ?? {}).map(([name, value]) => [
    name.toLowerCase(),
    String(value).trim(),
  ]);
  const basic = options.auth
    ? { authorization: `Basic ${Buffer.from(options.auth).toString("base64")}` }
    : {};
  return { ...basic, ...Object.fromEntries(given) };
}

function fingerprintOf(tls: TlsMaterial): string {
  return JSON.stringify([
    String(tls.ca ?? ""),
    String(tls.cert ?? ""),
    tls.rejectUnauthorized,
    tls.servername,
  ]);
}
