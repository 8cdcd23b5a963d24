import type { V1ClusterRole, V1PolicyRule, V1Role } from "@kubernetes/client-node";
import type { Wire } from "../cluster/kubernetes-object.ts";
import type { Access } from "./access.ts";

/** A Role (it holds in its own namespace) or a ClusterRole (it holds in all), as manifests have them. */
export type AnyRole = Wire<V1Role | V1ClusterRole>;

/** Roles held against what is really asked for. */
export interface Permissions {
  /** Whether some rule grants it; both answers are remembered. */
  allows(access: Access): boolean;
  /** What was asked for and is granted by none: `patch functions.kubeless.io/status in default`. */
  missing(): string[];
  /** What is granted and was never asked for, by role: `Role function-controller: get leases.coordination.k8s.io`. */
  unused(): string[];
}

interface Grant extends Pick<Access, "verb" | "group" | "resource"> {
  role: AnyRole;
  names: readonly string[] | undefined;
}

export function createPermissions(roles: readonly AnyRole[]): Permissions {
  const grants = roles.flatMap((role) => (role.rules ?? []).flatMap((rule) => toGrants(role, rule)));
  const used = new Set<Grant>();
  const missing = new Set<string>();
  return {
    allows(access) {
      const matching = grants.filter((grant) => covers(grant, access));
      for (const grant of matching) used.add(grant);
      if (matching.length === 0) missing.add(sayMissing(access));
      return matching.length > 0;
    },
    missing: () => [...missing].sort(),
    unused: () => grants.filter((grant) => !used.has(grant)).map(sayUnused),
  };
}

function toGrants(
  role: AnyRole,
  { apiGroups, resources, verbs, resourceNames }: Wire<V1PolicyRule>,
): Grant[] {
  return (apiGroups ?? []).flatMap((group) =>
    (resources ?? []).flatMap((resource) =>
      verbs.map((verb) => ({ role, group, resource, verb, names: resourceNames })),
    ),
  );
}

function covers({ role, group, resource, verb, names }: Grant, access: Access): boolean {
  return (
    (role.kind === "ClusterRole" || role.metadata?.namespace === access.namespace) &&
    group === access.group &&
    resource === access.resource &&
    verb === access.verb &&
    (names === undefined || names.includes(access.name ?? ""))
  );
}

function sayMissing(access: Access): string {
  return `${say(access)} in ${access.namespace ?? "all namespaces"}`;
}

function sayUnused(grant: Grant): string {
  return `${grant.role.kind} ${grant.role.metadata?.name}: ${say(grant)}`;
}

function say({ verb, group, resource }: Pick<Access, "verb" | "group" | "resource">): string {
  const [plural, subresource] = resource.split("/");
  return `${verb} ${plural}${group && `.${group}`}${subresource ? `/${subresource}` : ""}`;
}
