import { groupsOf, type Registry } from "../kinds/registry.ts";
import type { Resource, Version } from "../kinds/resource.ts";

/** A resource or subresource as discovery lists it. */
export interface ApiResource {
  readonly name: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

const allVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
/** In the order in which custom resources list them upstream. */
const customVerbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
const partVerbs = ["get", "patch", "update"];

interface Part {
  readonly name: string;
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

/** Subresources beside `status` and `scale`. */
const parts: Readonly<Record<string, readonly Part[]>> = {
  namespaces: [{ name: "finalize", kind: "Namespace", verbs: ["update"] }],
  pods: [
    { name: "attach", kind: "PodAttachOptions", verbs: ["create", "get"] },
    { name: "binding", kind: "Binding", verbs: ["create"] },
    { name: "eviction", kind: "Eviction", group: "policy", version: "v1", verbs: ["create"] },
    { name: "exec", kind: "PodExecOptions", verbs: ["create", "get"] },
    { name: "log", kind: "Pod", verbs: ["get"] },
    { name: "portforward", kind: "PodPortForwardOptions", verbs: ["create", "get"] },
    { name: "proxy", kind: "PodProxyOptions", verbs: ["create", "delete", "get", "patch", "update"] },
  ],
  services: [
    { name: "proxy", kind: "ServiceProxyOptions", verbs: ["create", "delete", "get", "patch", "update"] },
  ],
  serviceaccounts: [
    { name: "token", kind: "TokenRequest", group: "authentication.k8s.io", version: "v1", verbs: ["create"] },
  ],
};

interface Virtual {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly ApiResource[];
}

const review = (name: string, kind: string, namespaced = false): ApiResource => ({
  name,
  singular: kind.toLowerCase(),
  namespaced,
  kind,
  verbs: ["create"],
});
const metrics = (name: string, kind: string, namespaced: boolean): ApiResource => ({
  name,
  singular: "",
  namespaced,
  kind,
  verbs: ["get", "list"],
});

/** Groups whose kinds are questions to the server, not objects in the store. */
const virtualGroups: readonly Virtual[] = [
  {
    group: "authentication.k8s.io",
    version: "v1",
    resources: [review("selfsubjectreviews", "SelfSubjectReview"), review("tokenreviews", "TokenReview")],
  },
  {
    group: "authorization.k8s.io",
    version: "v1",
    resources: [
      review("localsubjectaccessreviews", "LocalSubjectAccessReview", true),
      review("selfsubjectaccessreviews", "SelfSubjectAccessReview"),
      review("selfsubjectrulesreviews", "SelfSubjectRulesReview"),
      review("subjectaccessreviews", "SubjectAccessReview"),
    ],
  },
  {
    group: "metrics.k8s.io",
    version: "v1beta1",
    resources: [metrics("nodes", "NodeMetrics", false), metrics("pods", "PodMetrics", true)],
  },
];

/** Every group with its versions and, per version, what is served there. */
export function servedGroups(
  registry: Registry,
): { group: string; versions: { version: string; resources: ApiResource[] }[] }[] {
  const stored = [...groupsOf(registry)].map(([group, versions]) => ({
    group,
    versions: versions.map((version) => ({ version, resources: resourcesOf(registry, group, version) })),
  }));
  const virtual = virtualGroups.map(({ group, version, resources }) => ({
    group,
    versions: [{ version, resources: [...resources] }],
  }));
  return [...stored, ...virtual];
}

function resourcesOf(registry: Registry, group: string, version: string): ApiResource[] {
  return registry.resources().flatMap((resource) => {
    const served =
      resource.group === group
        ? resource.versions.find(({ name, served }) => name === version && served)
        : undefined;
    return served === undefined ? [] : [ofResource(resource), ...ofParts(resource, served)];
  });
}

function ofResource(resource: Resource): ApiResource {
  const { plural, singular, namespaced, kind, shortNames, categories } = resource;
  return {
    name: plural,
    singular,
    namespaced,
    kind,
    verbs: resource.custom ? customVerbs : allVerbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
}

function ofParts(resource: Resource, version: Version): ApiResource[] {
  const { namespaced, plural, kind, id } = resource;
  const found: Part[] = [...(parts[id] ?? [])];
  if (version.scale !== undefined)
    found.push({ name: "scale", kind: "Scale", group: "autoscaling", version: "v1", verbs: partVerbs });
  if (version.hasStatus) found.push({ name: "status", kind, verbs: partVerbs });
  return found.map(({ name, ...part }) => ({ ...part, name: `${plural}/${name}`, singular: "", namespaced }));
}
