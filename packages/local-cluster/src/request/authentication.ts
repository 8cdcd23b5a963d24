import type { IncomingMessage } from "node:http";
import { StatusError } from "../errors.ts";
import type { Cluster } from "../pipeline/cluster.ts";
import { keyOf } from "../store/store.ts";
import { isSame } from "../subresources/tokens.ts";

export interface Identity {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

const administrator: Identity = {
  username: "kubernetes-admin",
  groups: ["system:masters", "system:authenticated"],
};

/** Who a request is from: the administrator's token, or a service account's. Throws Unauthorized. */
export function authenticate(request: IncomingMessage, cluster: Cluster, adminToken: string): Identity {
  const [, token] = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
  if (token !== undefined) {
    if (isSame(token, adminToken)) return administrator;
    const identity = serviceAccount(token, cluster);
    if (identity !== undefined) return identity;
  }
  throw new StatusError("Unauthorized", "Unauthorized");
}

export function serviceAccount(token: string, cluster: Cluster): Identity | undefined {
  const claims = cluster.tokens.verify(token, cluster.clock.now());
  if (claims === undefined) return undefined;
  const account = cluster.store.get("serviceaccounts", keyOf(claims.namespace, claims.serviceAccount));
  if (account?.metadata.uid !== claims.uid) return undefined;
  return {
    username: `system:serviceaccount:${claims.namespace}:${claims.serviceAccount}`,
    uid: claims.uid,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${claims.namespace}`, "system:authenticated"],
  };
}

/** Refuses what a browser or a rebound name would send: any Origin, any Host that is not this machine. */
export function assertLocal(request: IncomingMessage): void {
  if (request.headers.origin !== undefined) {
    throw new StatusError(
      "Forbidden",
      "requests from web pages (with an Origin header) are refused: this API starts processes on your machine",
    );
  }
  const host = (request.headers.host ?? "").replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  if (allowedHosts.has(host)) return;
  throw new StatusError(
    "Forbidden",
    `host ${JSON.stringify(host)} is refused: this API answers to 127.0.0.1 and localhost only`,
  );
}

const allowedHosts = new Set([
  "127.0.0.1",
  "localhost",
  "::1",
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
]);
