import { type Reason, secretKeys } from "@kubeless/api-types";
import type { Live, Wire } from "@kubeless/controller-kit";
import type { V1Secret } from "@kubernetes/client-node";

export type Secret = Live<Wire<V1Secret>>;

/** The key of an htpasswd file, as Kubeless and ingress-nginx have it. */
const AUTH_KEY = "auth";

/** Why something is not as it was asked for. */
export interface Flaw {
  readonly reason: Reason;
  /** One sentence: what happened and what to do next. */
  readonly message: string;
}

/** A name and a hash in some line that is no comment. */
const htpasswdPattern = /^[^#:\s][^:\n]*:\S/m;

/** A Secret with nothing of its values but whether they are of use: no more of it is needed, so no more is kept. */
export function forgetValues(secret: Secret): Secret {
  const { annotations: _, ...metadata } = secret.metadata;
  const data = Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [key, isOfUse(key, value) ? "…" : ""]),
  );
  return { ...secret, metadata, data };
}

function isOfUse(key: string, value: string): boolean {
  return key === AUTH_KEY ? htpasswdPattern.test(Buffer.from(value, "base64").toString()) : value !== "";
}

/** Why nobody could be asked for a password. `isAlone`: the gateway takes the Secret's only value, whatever its key. */
export function findAuthFlaw(name: string, secret: Secret | undefined, isAlone: boolean): Flaw | undefined {
  if (secret === undefined)
    return {
      reason: "SecretNotFound",
      message: `spec.basic-auth-secret: there is no Secret ${name}; create it with an htpasswd file under the key ${AUTH_KEY}.`,
    };
  if (!secret.data?.[AUTH_KEY])
    return {
      reason: "SecretInvalid",
      message: `spec.basic-auth-secret: the Secret ${name} has no htpasswd file under the key ${AUTH_KEY}; add it.`,
    };
  if (isAlone && Object.keys(secret.data).length > 1)
    return {
      reason: "SecretInvalid",
      message: `spec.basic-auth-secret: the Secret ${name} has keys beside ${AUTH_KEY}, which traefik refuses; remove them.`,
    };
  return undefined;
}

/** Why the gateway cannot show the host's certificate. */
export function findTlsFlaw(name: string, secret: Secret | undefined): Flaw | undefined {
  if (secret === undefined)
    return {
      reason: "SecretNotFound",
      message: `spec.tls-secret: there is no Secret ${name}; create it with: kubectl create secret tls ${name} --cert=… --key=…`,
    };
  const missing = [secretKeys.tlsCertificate, secretKeys.tlsKey].filter((key) => !secret.data?.[key]);
  if (missing.length === 0) return undefined;
  return {
    reason: "SecretInvalid",
    message: `spec.tls-secret: the Secret ${name} lacks ${missing.join(" and ")}; add what is missing.`,
  };
}
