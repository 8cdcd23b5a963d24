import { arch, cpus, hostname, platform, release, totalmem } from "node:os";
import type { ClusterApi, KubeObject } from "../api/cluster-api.ts";
import type { NodeFacts } from "./downward-api.ts";

export function readNodeFacts(name: string): NodeFacts {
  return { name, hostIP: "127.0.0.1", cpus: cpus().length, memoryBytes: totalmem() };
}

/** Makes the Node object of this machine, or brings the one of an earlier run up to date. */
export function registerNode(api: ClusterApi, facts: NodeFacts, version: string, now: string): KubeObject {
  const known = api.get<KubeObject & { status?: object }>("nodes", undefined, facts.name);
  const node = known ?? api.create<KubeObject>("nodes", renderNode(facts));
  return api.updateStatus("nodes", { ...node, status: renderStatus(facts, version, now) });
}

function renderNode({ name }: NodeFacts): object {
  const labels = {
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": platform(),
    "kubernetes.io/arch": architecture(),
    "node-role.kubernetes.io/control-plane": "",
  };
  return { apiVersion: "v1", kind: "Node", metadata: { name, labels }, spec: {} };
}

function renderStatus(facts: NodeFacts, version: string, now: string): object {
  const capacity = {
    cpu: String(facts.cpus),
    memory: `${Math.floor(facts.memoryBytes / 1024)}Ki`,
    pods: "110",
  };
  return {
    capacity,
    allocatable: capacity,
    conditions: [
      condition(
        "MemoryPressure",
        "False",
        "KubeletHasSufficientMemory",
        "pods are processes of this machine",
        now,
      ),
      condition(
        "DiskPressure",
        "False",
        "KubeletHasNoDiskPressure",
        "pods are processes of this machine",
        now,
      ),
      condition("PIDPressure", "False", "KubeletHasSufficientPID", "pods are processes of this machine", now),
      condition("Ready", "True", "KubeletReady", "the node agent is running", now),
    ],
    addresses: [
      { type: "InternalIP", address: facts.hostIP },
      { type: "Hostname", address: facts.name },
    ],
    nodeInfo: {
      machineID: "",
      systemUUID: "",
      bootID: "",
      kernelVersion: release(),
      osImage: `${platform()} (${hostname()})`,
      containerRuntimeVersion: `process://${process.versions.node}`,
      kubeletVersion: version,
      kubeProxyVersion: "",
      operatingSystem: platform(),
      architecture: architecture(),
    },
  };
}

function condition(type: string, status: string, reason: string, message: string, now: string): object {
  return { type, status, reason, message, lastHeartbeatTime: now, lastTransitionTime: now };
}

function architecture(): string {
  return arch() === "x64" ? "amd64" : arch();
}
