import columns from "../printers/columns.generated.json" with { type: "json" };
import { autoscalerConversion } from "./autoscaler-conversion.ts";
import type { BuiltinSchemas } from "./builtin-schemas.ts";
import { eventsConversion } from "./events-conversion.ts";
import { type Column, idOf, type Resource, type ScalePaths, type Version } from "./resource.ts";

/** One line per built-in kind: group/version, kind, plural, and what is special. */
interface Row {
  readonly api: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular?: string;
  readonly short?: string;
  readonly categories?: readonly string[];
  readonly cluster?: true;
  readonly status?: true;
  readonly scale?: ScalePaths;
  readonly fields?: readonly string[];
  readonly schema?: string;
  readonly storedAs?: string;
  /** Sent as a warning with every answer. */
  readonly deprecation?: string;
  readonly more?: readonly Pick<Row, "api" | "schema">[];
  readonly conversion?: Readonly<Record<string, Pick<Version, "toStorage" | "fromStorage">>>;
}

const all = ["all"];
const workloadScale: ScalePaths = {
  specReplicasPath: ".spec.replicas",
  statusReplicasPath: ".status.replicas",
  labelSelectorPath: ".spec.selector",
};
const eventFields = [
  "involvedObject.kind",
  "involvedObject.namespace",
  "involvedObject.name",
  "involvedObject.uid",
  "involvedObject.apiVersion",
  "involvedObject.resourceVersion",
  "involvedObject.fieldPath",
  "reason",
  "reportingComponent",
  "source",
  "type",
];
const regardingFields = [
  ...eventFields
    .filter((field) => field.startsWith("involved"))
    .map((field) => field.replace("involvedObject", "regarding")),
  "reason",
  "reportingController",
  "type",
];
const podFields = [
  "spec.nodeName",
  "spec.restartPolicy",
  "spec.schedulerName",
  "spec.serviceAccountName",
  "spec.hostNetwork",
  "status.phase",
  "status.podIP",
  "status.podIPs",
  "status.nominatedNodeName",
];

const rows: readonly Row[] = [
  {
    api: "v1",
    kind: "Namespace",
    plural: "namespaces",
    short: "ns",
    cluster: true,
    status: true,
    fields: ["status.phase"],
  },
  {
    api: "v1",
    kind: "Node",
    plural: "nodes",
    short: "no",
    cluster: true,
    status: true,
    fields: ["spec.unschedulable"],
  },
  { api: "v1", kind: "Pod", plural: "pods", short: "po", categories: all, status: true, fields: podFields },
  {
    api: "v1",
    kind: "Service",
    plural: "services",
    short: "svc",
    categories: all,
    status: true,
    fields: ["spec.clusterIP", "spec.type"],
  },
  { api: "v1", kind: "ConfigMap", plural: "configmaps", short: "cm" },
  { api: "v1", kind: "Secret", plural: "secrets", fields: ["type"] },
  { api: "v1", kind: "ServiceAccount", plural: "serviceaccounts", short: "sa" },
  {
    api: "v1",
    kind: "Endpoints",
    plural: "endpoints",
    singular: "endpoints",
    short: "ep",
    deprecation: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  },
  { api: "v1", kind: "Event", plural: "events", short: "ev", fields: eventFields },
  {
    api: "events.k8s.io/v1",
    kind: "Event",
    plural: "events",
    short: "ev",
    schema: "io.k8s.api.events.v1.Event",
    storedAs: "events",
    fields: regardingFields,
    conversion: { v1: eventsConversion },
  },
  {
    api: "apps/v1",
    kind: "Deployment",
    plural: "deployments",
    short: "deploy",
    categories: all,
    status: true,
    scale: workloadScale,
  },
  {
    api: "apps/v1",
    kind: "ReplicaSet",
    plural: "replicasets",
    short: "rs",
    categories: all,
    status: true,
    scale: workloadScale,
    fields: ["status.replicas"],
  },
  {
    api: "batch/v1",
    kind: "Job",
    plural: "jobs",
    categories: all,
    status: true,
    fields: ["status.successful"],
  },
  { api: "batch/v1", kind: "CronJob", plural: "cronjobs", short: "cj", categories: all, status: true },
  { api: "networking.k8s.io/v1", kind: "Ingress", plural: "ingresses", short: "ing", status: true },
  { api: "networking.k8s.io/v1", kind: "IngressClass", plural: "ingressclasses", cluster: true },
  { api: "networking.k8s.io/v1", kind: "NetworkPolicy", plural: "networkpolicies", short: "netpol" },
  { api: "discovery.k8s.io/v1", kind: "EndpointSlice", plural: "endpointslices" },
  { api: "coordination.k8s.io/v1", kind: "Lease", plural: "leases" },
  {
    api: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    plural: "horizontalpodautoscalers",
    short: "hpa",
    categories: all,
    status: true,
    more: [{ api: "autoscaling/v1" }],
    conversion: { v1: autoscalerConversion },
  },
  {
    api: "policy/v1",
    kind: "PodDisruptionBudget",
    plural: "poddisruptionbudgets",
    short: "pdb",
    status: true,
  },
  { api: "rbac.authorization.k8s.io/v1", kind: "Role", plural: "roles" },
  { api: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", plural: "rolebindings" },
  { api: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", plural: "clusterroles", cluster: true },
  {
    api: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    plural: "clusterrolebindings",
    cluster: true,
  },
  {
    api: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    short: "crd,crds",
    categories: ["api-extensions"],
    cluster: true,
    status: true,
    schema: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
  },
];

/** Every built-in resource, in the order discovery lists them. */
export function builtinResources(schemas: BuiltinSchemas): Resource[] {
  return rows.map((row) => toResource(row, schemas));
}

function toResource(row: Row, schemas: BuiltinSchemas): Resource {
  const { group, version } = parseApi(row.api);
  const id = idOf(group, row.plural);
  return {
    id,
    group,
    plural: row.plural,
    singular: row.singular ?? row.kind.toLowerCase(),
    kind: row.kind,
    listKind: `${row.kind}List`,
    shortNames: row.short?.split(",") ?? [],
    categories: row.categories ?? [],
    namespaced: row.cluster !== true,
    storageVersion: version,
    custom: false,
    storedAs: row.storedAs ?? id,
    versions: [row, ...(row.more ?? [])].map((entry) => toVersion(row, entry, id, schemas)),
  };
}

function toVersion(
  row: Row,
  entry: Pick<Row, "api" | "schema">,
  id: string,
  schemas: BuiltinSchemas,
): Version {
  const { group, version } = parseApi(entry.api);
  const name =
    entry.schema ?? `io.k8s.api.${group === "" ? "core" : group.split(".")[0]}.${version}.${row.kind}`;
  const schema = schemas.get(name);
  if (schema === undefined) throw new Error(`no schema ${name}: run scripts/generate-kinds.ts`);
  const known = columns as unknown as Record<string, Column[]>;
  return {
    name: version,
    served: true,
    schema,
    columns: known[id === "events.events.k8s.io" ? "events" : id] ?? [],
    hasStatus: row.status === true,
    ...(row.scale === undefined ? {} : { scale: row.scale }),
    selectableFields: row.fields ?? [],
    ...(row.deprecation === undefined ? {} : { deprecation: row.deprecation }),
    ...row.conversion?.[version],
  };
}

function parseApi(api: string): { group: string; version: string } {
  const [group = "", version] = api.split("/");
  return version === undefined ? { group: "", version: group } : { group, version };
}
