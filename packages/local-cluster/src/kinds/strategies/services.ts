import type { Fault } from "../../errors.ts";
import { isEqual } from "../../patch/json-patch.ts";
import type { Cluster } from "../../pipeline/cluster.ts";
import { denied, wrong } from "../../pipeline/metadata.ts";
import type { Json } from "../../schema/prune.ts";
import type { Draft } from "../resource.ts";
import type { Strategy } from "../strategy.ts";

interface ServicePort {
  name?: string;
  port?: number;
  targetPort?: number | string;
  protocol?: string;
  nodePort?: number;
}

interface ServiceSpec extends Json {
  type?: string;
  clusterIP?: string;
  clusterIPs?: string[];
  ports?: ServicePort[];
  selector?: Json;
  externalName?: string;
}

/** Cluster addresses are for show: 10.96.0.0/16 is routed nowhere here. */
export const serviceStrategy: Strategy = {
  prepareCreate: (draft, cluster) => {
    draft.status = { loadBalancer: {} };
    allocate(specOf(draft), cluster);
  },
  prepareUpdate: (draft, before, cluster) => {
    const [spec, old] = [specOf(draft), specOf(before)];
    dropOfType(spec, old);
    keepAddresses(spec, old);
    if (watchesHealth(old) && watchesHealth(spec)) spec.healthCheckNodePort ??= old.healthCheckNodePort;
    for (const port of spec.ports ?? []) {
      const same = old.ports?.find(
        ({ port: number, protocol }) => number === port.port && protocol === port.protocol,
      );
      if (!port.nodePort && same?.nodePort !== undefined && isExternal(spec)) port.nodePort = same.nodePort;
    }
    allocate(spec, cluster);
  },
  validateUpdate: (draft, before) => {
    const [now, then] = [specOf(draft), specOf(before)];
    const faults: Fault[] = [];
    const hadAddress =
      now.type !== "ExternalName" && then.type !== "ExternalName" && then.clusterIP !== undefined;
    if (hadAddress && now.clusterIP !== then.clusterIP)
      faults.push(wrong("spec.clusterIPs[0]", [now.clusterIP], "may not change once set"));
    if (isBalanced(now) && isBalanced(then) && now.loadBalancerClass !== then.loadBalancerClass)
      faults.push(wrong("spec.loadBalancerClass", now.loadBalancerClass ?? null, "may not change once set"));
    const watched = watchesHealth(now) && watchesHealth(then);
    if (watched && now.healthCheckNodePort !== then.healthCheckNodePort)
      faults.push(denied("spec.healthCheckNodePort", "field is immutable"));
    return faults;
  },
};

/** What only services of some types have goes with the type, when nobody says otherwise. */
const fieldsOfType: readonly (readonly [(spec: ServiceSpec) => boolean, readonly string[]])[] = [
  [({ type }) => type !== "ExternalName", ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]],
  [isExternal, ["externalTrafficPolicy"]],
  [isBalanced, ["allocateLoadBalancerNodePorts", "loadBalancerClass"]],
  [watchesHealth, ["healthCheckNodePort"]],
];

function dropOfType(spec: ServiceSpec, old: ServiceSpec): void {
  for (const [has, fields] of fieldsOfType) {
    if (!has(old) || has(spec)) continue;
    for (const field of fields) if (isEqual(spec[field], old[field])) delete spec[field];
  }
  if (!isExternal(old) || isExternal(spec)) return;
  const given = new Set(old.ports?.map(({ nodePort }) => nodePort));
  for (const port of spec.ports ?? []) if (given.has(port.nodePort)) delete port.nodePort;
}

function keepAddresses(spec: ServiceSpec, old: ServiceSpec): void {
  if (spec.type === "ExternalName" || old.clusterIP === undefined) return;
  const isUnsaid = !spec.clusterIPs?.length || isEqual(spec.clusterIPs, old.clusterIPs);
  if (!spec.clusterIP && isUnsaid) {
    spec.clusterIP = old.clusterIP;
    if (old.clusterIPs !== undefined) spec.clusterIPs = old.clusterIPs;
  } else if (spec.clusterIP !== old.clusterIP && isEqual(spec.clusterIPs, old.clusterIPs))
    delete spec.clusterIPs;
}

function specOf(draft: Draft): ServiceSpec {
  return draft.spec as ServiceSpec;
}

function isExternal(spec: ServiceSpec): boolean {
  return spec.type === "NodePort" || spec.type === "LoadBalancer";
}

/** Only a load balancer that keeps to nodes with endpoints asks which have one. */
function watchesHealth(spec: ServiceSpec): boolean {
  return isBalanced(spec) && spec.externalTrafficPolicy === "Local";
}

function isBalanced({ type }: ServiceSpec): boolean {
  return type === "LoadBalancer";
}

function allocate(spec: ServiceSpec, cluster: Cluster): void {
  if (spec.type === "ExternalName") return;
  if (!spec.clusterIPs?.length) {
    spec.clusterIP ||= freeAddress(cluster);
    spec.clusterIPs = [spec.clusterIP];
  }
  const isOpen = spec.clusterIP === "None" && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= isOpen ? "RequireDualStack" : "SingleStack";
  const both = isOpen && spec.ipFamilyPolicy !== "SingleStack";
  spec.ipFamilies ??= both ? ["IPv4", "IPv6"] : ["IPv4"];
  if (!isExternal(spec)) return;
  if (watchesHealth(spec)) spec.healthCheckNodePort ||= freeNodePort(cluster, spec.ports ?? []);
  for (const port of spec.ports ?? []) port.nodePort ||= freeNodePort(cluster, spec.ports ?? []);
}

function freeAddress(cluster: Cluster): string {
  const taken = new Set(
    cluster.store
      .list("services")
      .map((service) => (service as unknown as { spec: ServiceSpec }).spec.clusterIP),
  );
  for (let attempt = 0; attempt < 65_000; attempt += 1) {
    const number = attempt < 64 ? 2 + Math.floor(Math.random() * 65_000) : attempt;
    const address = `10.96.${number >> 8}.${number & 255}`;
    if (!taken.has(address) && (number & 255) !== 0 && (number & 255) !== 255) return address;
  }
  throw new Error("every cluster address is taken");
}

const nodePorts = { first: 30_000, count: 2768 };

function freeNodePort(cluster: Cluster, own: readonly ServicePort[]): number {
  const specs = cluster.store
    .list("services")
    .map((service) => (service as unknown as { spec: ServiceSpec }).spec);
  const taken = new Set(
    [...specs.flatMap(({ ports = [] }) => ports), ...own].map(({ nodePort }) => nodePort),
  );
  const start = Math.floor(Math.random() * nodePorts.count);
  for (let step = 0; step < nodePorts.count; step += 1) {
    const port = nodePorts.first + ((start + step) % nodePorts.count);
    if (!taken.has(port)) return port;
  }
  throw new Error("every node port is taken");
}
