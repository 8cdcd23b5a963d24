import type { Fault } from "../../errors.ts";
import type { Cluster } from "../../pipeline/cluster.ts";
import { required, wrong } from "../../pipeline/metadata.ts";
import type { Json } from "../../schema/prune.ts";
import type { Draft } from "../resource.ts";
import type { Strategy } from "../strategy.ts";
import { portWords } from "./pods.ts";

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
    if (!spec.clusterIP && spec.type !== "ExternalName" && old.clusterIP !== undefined) {
      spec.clusterIP = old.clusterIP;
      if (old.clusterIPs !== undefined) spec.clusterIPs = old.clusterIPs;
    }
    if (!isExternal(spec)) for (const port of spec.ports ?? []) delete port.nodePort;
    for (const port of spec.ports ?? []) {
      const same = old.ports?.find(
        ({ port: number, protocol }) => number === port.port && protocol === port.protocol,
      );
      if (!port.nodePort && same?.nodePort !== undefined && isExternal(spec)) port.nodePort = same.nodePort;
    }
    allocate(spec, cluster);
  },
  validate: (draft) => serviceFaults(specOf(draft)),
  validateUpdate: (draft, before) => {
    const [now, then] = [specOf(draft), specOf(before)];
    const isFixed =
      now.type !== "ExternalName" && then.type !== "ExternalName" && then.clusterIP !== undefined;
    if (!isFixed || now.clusterIP === then.clusterIP) return [];
    return [wrong("spec.clusterIPs[0]", [now.clusterIP], "may not change once set")];
  },
};

function specOf(draft: Draft): ServiceSpec {
  return draft.spec as ServiceSpec;
}

function isExternal(spec: ServiceSpec): boolean {
  return spec.type === "NodePort" || spec.type === "LoadBalancer";
}

function allocate(spec: ServiceSpec, cluster: Cluster): void {
  if (spec.type === "ExternalName") return;
  spec.clusterIP ||= freeAddress(cluster);
  spec.clusterIPs = [spec.clusterIP];
  spec.ipFamilies ??= ["IPv4"];
  spec.ipFamilyPolicy ??= "SingleStack";
  if (!isExternal(spec)) return;
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

function serviceFaults(spec: ServiceSpec): Fault[] {
  const ports = spec.ports ?? [];
  if (spec.type === "ExternalName") return spec.externalName ? [] : [required("spec.externalName")];
  if (ports.length === 0 && spec.clusterIP !== "None") return [required("spec.ports")];
  const names = new Set<string>();
  return ports.flatMap(({ name = "", port = 0, targetPort }, index) => {
    const faults: Fault[] = [];
    if (port < 1 || port > 65535) faults.push(wrong(`spec.ports[${index}].port`, port, portWords));
    if (typeof targetPort === "number" && (targetPort < 0 || targetPort > 65535))
      faults.push(wrong(`spec.ports[${index}].targetPort`, targetPort, portWords));
    if (ports.length > 1 && name === "") faults.push(required(`spec.ports[${index}].name`));
    if (names.has(name) && name !== "")
      faults.push({
        reason: "FieldValueDuplicate",
        field: `spec.ports[${index}].name`,
        message: `Duplicate value: ${JSON.stringify(name)}`,
      });
    names.add(name);
    return faults;
  });
}
