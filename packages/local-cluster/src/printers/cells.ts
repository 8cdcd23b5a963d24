import type { KubeObject } from "../api/cluster-api.ts";
import { podCells } from "./pod-cells.ts";
import { ago, duration, joined, none, selectorText } from "./words.ts";

// biome-ignore lint/suspicious/noExplicitAny: cells read thirty shapes that the schema has already checked
type Shape = any;

/** The cells of one row, by resource; `now` is milliseconds since the epoch. */
export type Cells = (object: Shape, now: number) => unknown[];

const age: Cells = ({ metadata }: KubeObject, now) => [ago(metadata.creationTimestamp, now)];
const name: Cells = ({ metadata }: KubeObject) => [metadata.name];
const count = (value: object | undefined) => (value === undefined ? 0 : Object.keys(value).length);

/** One entry per built-in kind; the columns they fill are `columns.generated.json`. */
export const builtinCells: Readonly<Record<string, Cells>> = {
  namespaces: (o, now) => [...name(o, now), o.status?.phase, ...age(o, now)],
  configmaps: (o, now) => [...name(o, now), count(o.data) + count(o.binaryData), ...age(o, now)],
  secrets: (o, now) => [...name(o, now), o.type, count(o.data), ...age(o, now)],
  serviceaccounts: (o, now) => [...name(o, now), count(o.secrets), ...age(o, now)],
  pods: podCells,
  services: (o, now) => [
    ...name(o, now),
    o.spec.type,
    o.spec.type === "ExternalName" ? none : (o.spec.clusterIP ?? none),
    externalAddress(o),
    joined(o.spec.ports, portText),
    ...age(o, now),
    selectorText({ matchLabels: o.spec.selector }),
  ],
  endpoints: (o, now) => [...name(o, now), endpointsText(o), ...age(o, now)],
  events: (o, now) => {
    const last = o.series?.lastObservedTime ?? o.lastTimestamp ?? o.eventTime ?? o.metadata.creationTimestamp;
    const first = o.firstTimestamp ?? o.eventTime ?? o.metadata.creationTimestamp;
    return [
      ago(last, now),
      o.type,
      o.reason,
      `${String(o.involvedObject?.kind ?? "").toLowerCase()}/${o.involvedObject?.name ?? ""}`,
      o.involvedObject?.fieldPath ?? "",
      [o.source?.component || o.reportingComponent, o.source?.host].filter(Boolean).join(", "),
      String(o.message ?? "").trim(),
      ago(first, now),
      o.series?.count ?? o.count ?? 1,
      o.metadata.name,
    ];
  },
  nodes: (o, now) => [
    ...name(o, now),
    nodeStatus(o),
    nodeRoles(o),
    ...age(o, now),
    o.status?.nodeInfo?.kubeletVersion ?? "",
    addressOf(o, "InternalIP"),
    addressOf(o, "ExternalIP"),
    o.status?.nodeInfo?.osImage || "<unknown>",
    o.status?.nodeInfo?.kernelVersion || "<unknown>",
    o.status?.nodeInfo?.containerRuntimeVersion || "<unknown>",
  ],
  "deployments.apps": (o, now) => [
    ...name(o, now),
    `${o.status?.readyReplicas ?? 0}/${o.spec.replicas}`,
    o.status?.updatedReplicas ?? 0,
    o.status?.availableReplicas ?? 0,
    ...age(o, now),
    ...templateCells(o.spec.template),
    selectorText(o.spec.selector),
  ],
  "replicasets.apps": (o, now) => [
    ...name(o, now),
    o.spec.replicas,
    o.status?.replicas ?? 0,
    o.status?.readyReplicas ?? 0,
    ...age(o, now),
    ...templateCells(o.spec.template),
    selectorText(o.spec.selector),
  ],
  "jobs.batch": (o, now) => [
    ...name(o, now),
    jobStatus(o),
    `${o.status?.succeeded ?? 0}/${o.spec.completions ?? (o.spec.parallelism > 1 ? `1 of ${o.spec.parallelism}` : 1)}`,
    o.status?.startTime === undefined
      ? ""
      : duration(
          (o.status.completionTime === undefined ? now : Date.parse(o.status.completionTime)) -
            Date.parse(o.status.startTime),
        ),
    ...age(o, now),
    ...templateCells(o.spec.template),
    selectorText(o.spec.selector),
  ],
  "cronjobs.batch": (o, now) => [
    ...name(o, now),
    o.spec.schedule,
    o.spec.timeZone ?? none,
    o.spec.suspend === true ? "True" : "False",
    count(o.status?.active),
    o.status?.lastScheduleTime === undefined ? none : ago(o.status.lastScheduleTime, now),
    ...age(o, now),
    ...templateCells(o.spec.jobTemplate?.spec?.template),
    selectorText(o.spec.jobTemplate?.spec?.selector),
  ],
  "ingresses.networking.k8s.io": (o, now) => [
    ...name(o, now),
    o.spec?.ingressClassName ?? o.metadata.annotations?.["kubernetes.io/ingress.class"] ?? none,
    hostsText(o.spec?.rules),
    joined(o.status?.loadBalancer?.ingress, (one: Shape) => one.ip || one.hostname || "", ""),
    count(o.spec?.tls) > 0 ? "80, 443" : "80",
    ...age(o, now),
  ],
  "ingressclasses.networking.k8s.io": (o, now) => [
    ...name(o, now),
    o.spec?.controller ?? "",
    o.spec?.parameters === undefined
      ? none
      : [o.spec.parameters.kind, o.spec.parameters.apiGroup]
          .filter(Boolean)
          .join(".")
          .concat(`/${o.spec.parameters.name}`),
    ...age(o, now),
  ],
  "networkpolicies.networking.k8s.io": (o, now) => [
    ...name(o, now),
    selectorText(o.spec?.podSelector),
    ...age(o, now),
  ],
  "endpointslices.discovery.k8s.io": (o, now) => [
    ...name(o, now),
    o.addressType,
    limited(
      (o.ports ?? []).map((port: Shape) => port.port ?? "*"),
      "<unset>",
    ),
    limited(
      (o.endpoints ?? []).flatMap((endpoint: Shape) => endpoint.addresses ?? []),
      "<unset>",
    ),
    ...age(o, now),
  ],
  "leases.coordination.k8s.io": (o, now) => [...name(o, now), o.spec?.holderIdentity ?? "", ...age(o, now)],
  "horizontalpodautoscalers.autoscaling": (o, now) => [
    ...name(o, now),
    `${o.spec.scaleTargetRef?.kind}/${o.spec.scaleTargetRef?.name}`,
    metricsText(o),
    o.spec.minReplicas ?? "<unset>",
    o.spec.maxReplicas,
    o.status?.currentReplicas ?? 0,
    ...age(o, now),
  ],
  "poddisruptionbudgets.policy": (o, now) => [
    ...name(o, now),
    String(o.spec.minAvailable ?? "N/A"),
    String(o.spec.maxUnavailable ?? "N/A"),
    o.status?.disruptionsAllowed ?? 0,
    ...age(o, now),
  ],
  "roles.rbac.authorization.k8s.io": ({ metadata }) => [metadata.name, metadata.creationTimestamp],
  "clusterroles.rbac.authorization.k8s.io": ({ metadata }) => [metadata.name, metadata.creationTimestamp],
  "rolebindings.rbac.authorization.k8s.io": bindingCells,
  "clusterrolebindings.rbac.authorization.k8s.io": bindingCells,
  "customresourcedefinitions.apiextensions.k8s.io": ({ metadata }) => [
    metadata.name,
    metadata.creationTimestamp,
  ],
};

function bindingCells(o: Shape, now: number): unknown[] {
  const subjects = (kind: string) =>
    joined(
      (o.subjects ?? []).filter((one: Shape) => one.kind === kind),
      (one: Shape) => (kind === "ServiceAccount" ? `${one.namespace}/${one.name}` : one.name),
      "",
      ", ",
    );
  return [
    ...name(o, now),
    `${o.roleRef?.kind}/${o.roleRef?.name}`,
    ...age(o, now),
    subjects("User"),
    subjects("Group"),
    subjects("ServiceAccount"),
  ];
}

function templateCells(template: Shape): unknown[] {
  const containers = template?.spec?.containers;
  return [
    joined(containers, (one: Shape) => one.name, ""),
    joined(containers, (one: Shape) => one.image, ""),
  ];
}

function portText(port: Shape): string {
  return port.nodePort ? `${port.port}:${port.nodePort}/${port.protocol}` : `${port.port}/${port.protocol}`;
}

function externalAddress(service: Shape): string {
  const { type, externalIPs = [], externalName } = service.spec;
  if (type === "ExternalName") return externalName;
  const published = (service.status?.loadBalancer?.ingress ?? []).map((one: Shape) => one.ip || one.hostname);
  const all = [...published, ...externalIPs];
  if (all.length > 0) return all.join(",");
  return type === "LoadBalancer" ? "<pending>" : none;
}

function endpointsText(endpoints: Shape): string {
  const pairs = (endpoints.subsets ?? []).flatMap((subset: Shape) =>
    (subset.addresses ?? []).flatMap(({ ip }: Shape) =>
      (subset.ports ?? []).length === 0 ? [ip] : subset.ports.map(({ port }: Shape) => `${ip}:${port}`),
    ),
  );
  return limited(pairs, none);
}

function limited(items: readonly unknown[], empty: string): string {
  if (items.length === 0) return empty;
  const shown = items.slice(0, 3).join(",");
  return items.length > 3 ? `${shown} + ${items.length - 3} more...` : shown;
}

function nodeStatus(node: Shape): string {
  const ready = (node.status?.conditions ?? []).find((condition: Shape) => condition.type === "Ready");
  const word = ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return node.spec?.unschedulable === true ? `${word},SchedulingDisabled` : word;
}

function nodeRoles(node: Shape): string {
  const prefix = "node-role.kubernetes.io/";
  const roles = Object.keys(node.metadata.labels ?? {}).filter((label) => label.startsWith(prefix));
  return (
    roles
      .map((label) => label.slice(prefix.length))
      .sort()
      .join(",") || none
  );
}

function addressOf(node: Shape, type: string): string {
  return (node.status?.addresses ?? []).find((one: Shape) => one.type === type)?.address ?? none;
}

function jobStatus(job: Shape): string {
  const has = (type: string) =>
    (job.status?.conditions ?? []).some((one: Shape) => one.type === type && one.status === "True");
  if (has("Complete")) return "Complete";
  if (has("Failed")) return "Failed";
  if (job.metadata.deletionTimestamp !== undefined) return "Terminating";
  if (has("Suspended")) return "Suspended";
  if (has("FailureTarget")) return "FailureTarget";
  if (has("SuccessCriteriaMet")) return "SuccessCriteriaMet";
  return "Running";
}

function hostsText(rules: Shape[] | undefined): string {
  return limited((rules ?? []).map(({ host }) => host).filter(Boolean), "*");
}

function metricsText(autoscaler: Shape): string {
  const current = autoscaler.status?.currentMetrics ?? [];
  const texts = (autoscaler.spec.metrics ?? []).map((metric: Shape) => {
    const { name: resource, target } = metric.resource ?? {};
    const now = current.find((one: Shape) => one.resource?.name === resource)?.resource?.current;
    if (target?.averageUtilization !== undefined) {
      const used = now?.averageUtilization === undefined ? "<unknown>" : `${now.averageUtilization}%`;
      return `${resource}: ${used}/${target.averageUtilization}%`;
    }
    return `${resource ?? metric.type}: ${now?.averageValue ?? "<unknown>"}/${target?.averageValue ?? "<auto>"}`;
  });
  return texts.length === 0
    ? none
    : texts.slice(0, 2).join(", ") + (texts.length > 2 ? ` + ${texts.length - 2} more...` : "");
}
