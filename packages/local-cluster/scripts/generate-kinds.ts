/**
 * Writes what Kubernetes publishes about its own kinds as data:
 *   src/kinds/schemas.generated.json          types, list and merge keys of every built-in kind served
 *   src/discovery/descriptions.generated.json the texts `kubectl explain` shows, read only when asked for
 *   src/printers/columns.generated.json       the columns of `kubectl get`
 *
 * Reads them from the API server of a real Kubernetes (the one `KUBECONFIG` names): `node scripts/generate-kinds.ts`.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Schema {
  description?: string;
  $ref?: string;
  default?: unknown;
  allOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  [extension: string]: unknown;
}

const groupVersions = [
  "api/v1",
  "apis/apps/v1",
  "apis/batch/v1",
  "apis/networking.k8s.io/v1",
  "apis/discovery.k8s.io/v1",
  "apis/coordination.k8s.io/v1",
  "apis/autoscaling/v1",
  "apis/autoscaling/v2",
  "apis/policy/v1",
  "apis/rbac.authorization.k8s.io/v1",
  "apis/apiextensions.k8s.io/v1",
  "apis/authentication.k8s.io/v1",
  "apis/authorization.k8s.io/v1",
  "apis/events.k8s.io/v1",
];

const kinds =
  "Namespace ConfigMap Secret Service Endpoints EndpointSlice ServiceAccount Pod Event Node Deployment ReplicaSet Job CronJob Ingress IngressClass Lease HorizontalPodAutoscaler PodDisruptionBudget NetworkPolicy Role RoleBinding ClusterRole ClusterRoleBinding CustomResourceDefinition Scale Eviction TokenRequest TokenReview SubjectAccessReview LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SelfSubjectReview DeleteOptions Status".split(
    " ",
  );

const listed: Record<string, string> = {
  namespaces: "/api/v1/namespaces",
  configmaps: "/api/v1/configmaps",
  secrets: "/api/v1/secrets",
  services: "/api/v1/services",
  endpoints: "/api/v1/endpoints",
  serviceaccounts: "/api/v1/serviceaccounts",
  pods: "/api/v1/pods",
  events: "/api/v1/events",
  nodes: "/api/v1/nodes",
  "events.events.k8s.io": "/apis/events.k8s.io/v1/events",
  "deployments.apps": "/apis/apps/v1/deployments",
  "replicasets.apps": "/apis/apps/v1/replicasets",
  "jobs.batch": "/apis/batch/v1/jobs",
  "cronjobs.batch": "/apis/batch/v1/cronjobs",
  "ingresses.networking.k8s.io": "/apis/networking.k8s.io/v1/ingresses",
  "ingressclasses.networking.k8s.io": "/apis/networking.k8s.io/v1/ingressclasses",
  "networkpolicies.networking.k8s.io": "/apis/networking.k8s.io/v1/networkpolicies",
  "endpointslices.discovery.k8s.io": "/apis/discovery.k8s.io/v1/endpointslices",
  "leases.coordination.k8s.io": "/apis/coordination.k8s.io/v1/leases",
  "horizontalpodautoscalers.autoscaling": "/apis/autoscaling/v2/horizontalpodautoscalers",
  "poddisruptionbudgets.policy": "/apis/policy/v1/poddisruptionbudgets",
  "roles.rbac.authorization.k8s.io": "/apis/rbac.authorization.k8s.io/v1/roles",
  "rolebindings.rbac.authorization.k8s.io": "/apis/rbac.authorization.k8s.io/v1/rolebindings",
  "clusterroles.rbac.authorization.k8s.io": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  "clusterrolebindings.rbac.authorization.k8s.io": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
  "customresourcedefinitions.apiextensions.k8s.io": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
};

const prefix = "#/components/schemas/";
const root = join(import.meta.dirname, "..", "src");
const published = new Map<string, Schema>();
for (const groupVersion of groupVersions) {
  const document = JSON.parse(raw(`/openapi/v3/${groupVersion}`)) as {
    components: { schemas: Record<string, Schema> };
  };
  for (const [name, schema] of Object.entries(document.components.schemas)) published.set(name, schema);
}

const wanted = new Set<string>();
for (const [name, schema] of published) {
  const gvks = (schema["x-kubernetes-group-version-kind"] ?? []) as { kind: string }[];
  if (kinds.some((kind) => name.endsWith(`.${kind}`)) && gvks.length > 0) collect(name);
}

const schemas: Record<string, Schema> = {};
const descriptions: Record<string, Record<string, string>> = {};
for (const name of [...wanted].sort()) {
  const schema = published.get(name);
  if (schema === undefined) continue;
  const texts: Record<string, string> = {};
  if (schema.description) texts[""] = schema.description;
  for (const [field, value] of Object.entries(schema.properties ?? {})) {
    if (value.description) texts[field] = value.description;
  }
  schemas[name] = lean(schema);
  descriptions[name] = texts;
}
write("kinds/schemas.generated.json", schemas);
write("discovery/descriptions.generated.json", descriptions);
write("printers/columns.generated.json", columns());

function raw(path: string, ...more: string[]): string {
  return execFileSync("kubectl", ["get", "--raw", path, ...more], { encoding: "utf8", maxBuffer: 1 << 26 });
}

function collect(name: string): void {
  if (wanted.has(name)) return;
  wanted.add(name);
  JSON.stringify(published.get(name), (key, value: unknown) => {
    if (key === "$ref" && typeof value === "string") collect(value.slice(prefix.length));
    return value;
  });
}

function lean(schema: Schema): Schema {
  const { description: _description, allOf, items, properties, additionalProperties, $ref, ...rest } = schema;
  const only = allOf?.length === 1 ? allOf[0]?.$ref : $ref;
  const gvks = rest["x-kubernetes-group-version-kind"] as unknown[] | undefined;
  if (gvks !== undefined && gvks.length > 1) delete rest["x-kubernetes-group-version-kind"];
  return {
    ...rest,
    ...(only === undefined ? {} : { $ref: only.slice(prefix.length) }),
    ...(items === undefined ? {} : { items: lean(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: lean(additionalProperties) }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, value]) => [key, lean(value)]),
          ),
        }),
  };
}

function columns(): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [resource, path] of Object.entries(listed)) {
    const output = execFileSync("kubectl", ["get", "--raw", `${path}?limit=1`, "-v=0"], { encoding: "utf8" });
    JSON.parse(output);
    found[resource] = table(path);
  }
  return found;
}

function table(path: string): unknown {
  const config = JSON.parse(
    execFileSync("kubectl", ["config", "view", "--raw", "--minify", "-o", "json"], { encoding: "utf8" }),
  ) as {
    clusters: { cluster: { server: string } }[];
    users: { user: Record<string, string> }[];
  };
  const user = config.users[0]?.user ?? {};
  const args = ["-sk", "-H", "Accept: application/json;as=Table;v=v1;g=meta.k8s.io"];
  for (const [flag, key] of [
    ["--cert", "client-certificate-data"],
    ["--key", "client-key-data"],
  ] as const) {
    const file = join("/tmp", `generate-kinds-${process.pid}${flag}`);
    writeFileSync(file, Buffer.from(user[key] ?? "", "base64"), { mode: 0o600 });
    args.push(flag, file);
  }
  const answer = execFileSync("curl", [...args, `${config.clusters[0]?.cluster.server}${path}?limit=1`], {
    encoding: "utf8",
  });
  return (JSON.parse(answer) as { columnDefinitions: unknown }).columnDefinitions;
}

function write(path: string, value: unknown): void {
  const file = join(root, path);
  mkdirSync(join(file, ".."), { recursive: true });
  const lines = Object.entries(value as object).map(
    ([key, item]) => `${JSON.stringify(key)}: ${JSON.stringify(item)}`,
  );
  writeFileSync(file, `{\n${lines.join(",\n")}\n}\n`);
}
