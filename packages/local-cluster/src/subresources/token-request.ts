import { badRequest, invalid, notFound } from "../errors.ts";
import { type Cluster, nowText, type Target, toTime } from "../pipeline/cluster.ts";
import { wrong } from "../pipeline/metadata.ts";
import { keyOf } from "../store/store.ts";
import { defaultAudience } from "./tokens.ts";

interface TokenSpec {
  audiences?: string[];
  expirationSeconds?: number;
  boundObjectRef?: Bound;
}

interface Bound {
  kind?: string;
  name?: string;
  uid?: string;
}

/** `serviceaccounts/NAME/token`. Throws NotFound and, for less than ten minutes, Invalid. */
export function requestToken(cluster: Cluster, target: Target, body: unknown): object {
  const { spec = {}, metadata } = (body ?? {}) as { spec?: TokenSpec; metadata?: { name?: string } };
  const { audiences = [], expirationSeconds = 3600, boundObjectRef } = spec;
  if (!Array.isArray(audiences)) throw badRequest("spec.audiences must be a list of texts");
  const refuse = (field: string, value: unknown, words: string) => {
    throw invalid(tokenRequests, metadata?.name ?? "", [wrong(field, value, words)]);
  };
  if (metadata?.name && metadata.name !== target.name)
    refuse("metadata.name", metadata.name, "must match the service account name if specified");
  const field = "spec.expirationSeconds";
  if (expirationSeconds < 600)
    refuse(field, expirationSeconds, "may not specify a duration less than 10 minutes");
  if (expirationSeconds > 2 ** 32)
    refuse(field, expirationSeconds, "may not specify a duration larger than 2^32 seconds");
  if (boundObjectRef !== undefined) assertBound(cluster, target, boundObjectRef);
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

const tokenRequests = { group: "authentication.k8s.io", kind: "TokenRequest", plural: "tokenrequests" };

/** A token lives as long as what it is bound to: that has to be there. */
function assertBound(cluster: Cluster, { namespace }: Target, { kind, name = "" }: Bound): void {
  const resource = kind === "Pod" ? "pods" : kind === "Secret" ? "secrets" : undefined;
  if (resource === undefined) throw badRequest(`cannot bind token to object of type /, Kind=${kind ?? ""}`);
  if (cluster.store.get(resource, keyOf(namespace, name)) === undefined)
    throw notFound(cluster.registry.require(resource), name);
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
