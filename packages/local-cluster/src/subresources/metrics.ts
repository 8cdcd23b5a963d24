import { notFound, StatusError, unknownPath } from "../errors.ts";
import type { ContainerUsage } from "../node/node-agent.ts";
import { toTime } from "../pipeline/cluster.ts";
import { type Exchange, type Service, sendText } from "../request/context.ts";
import { parseLabelSelector } from "../store/selectors.ts";

/** `metrics.k8s.io/v1beta1`, the figures of `kubectl top`; false when the request is about something else. */
export function handleMetrics(service: Service, exchange: Exchange): boolean {
  const { info, response } = exchange;
  if (info.group !== "metrics.k8s.io" || info.version !== "v1beta1") return false;
  if (info.method !== "GET") throw new StatusError("MethodNotAllowed", "metrics can only be read");
  const kind = info.plural === "pods" ? "PodMetrics" : info.plural === "nodes" ? "NodeMetrics" : undefined;
  if (kind === undefined) throw unknownPath();
  const items = kind === "PodMetrics" ? podMetrics(service, exchange) : nodeMetrics(service);
  if (info.name === undefined) {
    sendText(
      response,
      200,
      JSON.stringify({ kind: `${kind}List`, apiVersion: "metrics.k8s.io/v1beta1", metadata: {}, items }),
    );
    return true;
  }
  const item = items.find(({ metadata }) => metadata.name === info.name);
  if (item === undefined) throw notFound({ group: "metrics.k8s.io", plural: info.plural, kind }, info.name);
  sendText(response, 200, JSON.stringify({ kind, apiVersion: "metrics.k8s.io/v1beta1", ...item }));
  return true;
}

interface Metrics {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

function podMetrics(service: Service, { info }: Exchange): Metrics[] {
  const pods = new Map<string, ContainerUsage[]>();
  for (const usage of service.cluster.node?.usage() ?? []) {
    const key = `${usage.namespace}/${usage.pod}`;
    pods.set(key, [...(pods.get(key) ?? []), usage]);
  }
  const matches = parseLabelSelector(info.query.get("labelSelector") ?? "");
  return [...pods].flatMap(([key, containers]) => {
    const pod = service.cluster.store.get("pods", key);
    const [first] = containers;
    if (pod === undefined || first === undefined || !matches(pod.metadata.labels)) return [];
    if (info.namespace !== undefined && first.namespace !== info.namespace) return [];
    const labels = pod.metadata.labels === undefined ? {} : { labels: pod.metadata.labels };
    return [
      {
        metadata: {
          name: first.pod,
          namespace: first.namespace,
          ...labels,
          creationTimestamp: toTime(service.cluster.clock.now()),
        },
        timestamp: toTime(first.sampledAt),
        window: `${first.windowSeconds}s`,
        containers: containers.map(({ container, cpuNanocores, memoryBytes }) => ({
          name: container,
          usage: usageOf(cpuNanocores, memoryBytes),
        })),
      },
    ];
  });
}

function nodeMetrics(service: Service): Metrics[] {
  const all = service.cluster.node?.usage() ?? [];
  const sum = (value: (usage: ContainerUsage) => number) =>
    all.reduce((total, usage) => total + value(usage), 0);
  const now = service.cluster.clock.now();
  return service.cluster.store.list("nodes").map(({ metadata }) => ({
    metadata: { name: metadata.name, creationTimestamp: toTime(now) },
    timestamp: toTime(all[0]?.sampledAt ?? now),
    window: `${all[0]?.windowSeconds ?? 0}s`,
    usage: usageOf(
      sum(({ cpuNanocores }) => cpuNanocores),
      sum(({ memoryBytes }) => memoryBytes),
    ),
  }));
}

function usageOf(cpuNanocores: number, memoryBytes: number): object {
  return { cpu: `${Math.round(cpuNanocores)}n`, memory: `${Math.ceil(memoryBytes / 1024)}Ki` };
}
