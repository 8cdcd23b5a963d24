import { notFound, StatusError } from "../errors.ts";
import { type Cluster, nowText, type Target, toTime } from "../pipeline/cluster.ts";
import { keyOf } from "../store/store.ts";
import { defaultAudience } from "./tokens.ts";

interface TokenSpec {
  audiences?: string[];
  expirationSeconds?: number;
  boundObjectRef?: { kind?: string; name?: string; uid?: string };
}

/** `serviceaccounts/NAME/token`. Throws NotFound and, for less than ten minutes, Invalid. */
export function requestToken(cluster: Cluster, target: Target, body: unknown): object {
  const spec = (body as { spec?: TokenSpec } | undefined)?.spec ?? {};
  const { audiences = [], expirationSeconds = 3600, boundObjectRef } = spec;
  if (expirationSeconds < 600) {
    throw new StatusError(
      "Invalid",
      `TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: ${expirationSeconds}: may not specify a duration less than 10 minutes`,
    );
  }
  const issued = issueToken(cluster, {
    namespace: target.namespace ?? "",
    serviceAccount: target.name,
    audiences,
    expirationSeconds,
    ...(boundObjectRef?.kind === "Pod"
      ? { pod: { name: boundObjectRef.name ?? "", uid: boundObjectRef.uid ?? "" } }
      : {}),
  });
  return {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: { name: target.name, namespace: target.namespace, creationTimestamp: nowText(cluster.clock) },
    spec: { audiences: issued.audiences, expirationSeconds, boundObjectRef: boundObjectRef ?? null },
    status: { token: issued.token, expirationTimestamp: issued.expirationTimestamp },
  };
}

export interface TokenWish {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly audiences?: readonly string[];
  readonly expirationSeconds?: number;
  readonly pod?: { readonly name: string; readonly uid: string };
}

/** A token with which somebody is that service account. Throws NotFound. */
export function issueToken(
  cluster: Cluster,
  wish: TokenWish,
): { token: string; expirationTimestamp: string; audiences: readonly string[] } {
  const account = cluster.store.get("serviceaccounts", keyOf(wish.namespace, wish.serviceAccount));
  if (account === undefined) throw notFound(cluster.registry.require("serviceaccounts"), wish.serviceAccount);
  const audiences =
    wish.audiences === undefined || wish.audiences.length === 0 ? [defaultAudience] : wish.audiences;
  const now = cluster.clock.now();
  const expires = Math.floor(now / 1000) + (wish.expirationSeconds ?? 3600);
  const token = cluster.tokens.issue({
    namespace: wish.namespace,
    serviceAccount: wish.serviceAccount,
    uid: account.metadata.uid,
    audiences,
    expires,
    issued: Math.floor(now / 1000),
    ...(wish.pod === undefined ? {} : { pod: wish.pod }),
  });
  return { token, expirationTimestamp: toTime(expires * 1000), audiences };
}
