import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

interface TokenClaims {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly uid: string;
  readonly pod?: { readonly name: string; readonly uid: string };
  readonly audiences: readonly string[];
  /** Seconds since the epoch. */
  readonly expires: number;
  readonly issued: number;
}

/** Makes and reads service account tokens: JSON web tokens signed with a key of this cluster. */
export interface TokenIssuer {
  issue(claims: TokenClaims): string;
  /** Undefined for a token that is not ours or is over. */
  verify(token: string, nowMs: number): TokenClaims | undefined;
}

export const defaultAudience = "https://kubernetes.default.svc.cluster.local";

export function createTokenIssuer(key: Buffer = randomBytes(32)): TokenIssuer {
  const sign = (text: string) => createHmac("sha256", key).update(text).digest("base64url");
  return {
    issue(claims) {
      const head = encode({ alg: "HS256", typ: "JWT" });
      const text = `${head}.${encode(toPayload(claims))}`;
      return `${text}.${sign(text)}`;
    },
    verify(token, nowMs) {
      const [head, payload, signature] = token.split(".");
      if (head === undefined || payload === undefined || signature === undefined) return undefined;
      if (!isSame(signature, sign(`${head}.${payload}`))) return undefined;
      const claims = fromPayload(payload);
      return claims.expires * 1000 > nowMs ? claims : undefined;
    },
  };
}

/** Compares two secrets in a time that does not depend on where they differ. */
export function isSame(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

interface Payload {
  aud: string[];
  exp: number;
  iat: number;
  "kubernetes.io": {
    namespace: string;
    serviceaccount: { name: string; uid: string };
    pod?: { name: string; uid: string };
  };
}

function toPayload(claims: TokenClaims): Payload & Record<string, unknown> {
  return {
    aud: [...claims.audiences],
    exp: claims.expires,
    iat: claims.issued,
    iss: defaultAudience,
    jti: randomBytes(16).toString("hex"),
    "kubernetes.io": {
      namespace: claims.namespace,
      ...(claims.pod === undefined ? {} : { pod: claims.pod }),
      serviceaccount: { name: claims.serviceAccount, uid: claims.uid },
    },
    nbf: claims.issued,
    sub: `system:serviceaccount:${claims.namespace}:${claims.serviceAccount}`,
  };
}

function fromPayload(text: string): TokenClaims {
  const payload = JSON.parse(Buffer.from(text, "base64url").toString()) as Payload;
  const { namespace, serviceaccount, pod } = payload["kubernetes.io"];
  return {
    namespace,
    serviceAccount: serviceaccount.name,
    uid: serviceaccount.uid,
    ...(pod === undefined ? {} : { pod }),
    audiences: payload.aud,
    expires: payload.exp,
    issued: payload.iat,
  };
}
