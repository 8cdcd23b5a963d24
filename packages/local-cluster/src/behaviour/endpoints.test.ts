import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCluster } from "../start-cluster.ts";
import { type Answer, openCluster, type TestCluster } from "./cluster.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG;
const where = kubeconfig === undefined ? "local-cluster" : "the cluster of KUBELESS_TEST_KUBECONFIG";
type Body = Answer["body"];

/** Pods stand on a node that nobody runs: their status is what the test says it is. */
describe(`endpoints on ${where}`, { timeout: 20_000 }, () => {
  let cluster: TestCluster;
  let base: string;
  let nodeName: string;
  beforeAll(async () => {
    cluster = await openCluster(kubeconfig, () => startCluster({ images: [] }));
    base = `/api/v1/namespaces/${cluster.namespace}`;
    nodeName = cluster.namespace;
    await cluster.send("POST", "/api/v1/nodes", {
      metadata: { name: nodeName },
      spec: { unschedulable: true },
    });
    await created(
      "pods",
      pod("one", { nodeName, hostname: "first", subdomain: "headless" }, [
        { name: "http", containerPort: 8080 },
      ]),
    );
    await created("pods", pod("two", { nodeName }));
    await report("one", "10.9.9.1", "True");
    await report("two", "10.9.9.2", "False");
  });
  afterAll(async () => {
    await cluster.send("DELETE", `${base}/pods?gracePeriodSeconds=0`);
    await cluster.send("DELETE", `/api/v1/nodes/${nodeName}`);
    await cluster.stop();
  });
  const created = async (plural: string, object: object): Promise<Body> => {
    const answer = await cluster.send("POST", `${base}/${plural}`, object);
    expect(answer.code, JSON.stringify(answer.body)).toBe(201);
    return answer.body;
  };
  const report = (name: string, ip: string, ready: string) => {
    const conditions = [{ type: "Ready", status: ready }];
    const status = { phase: "Running", podIP: ip, podIPs: [{ ip }], conditions };
    return cluster.send("PATCH", `${base}/pods/${name}/status`, { status });
  };
  const service = (name: string, spec: object, labels = {}) =>
    created("services", { metadata: { name, labels }, spec: { selector: { app: "web" }, ...spec } });
  /** The service's slices once they have so many endpoints, in the order of these. */
  const slices = async (name: string, count: number): Promise<Body[]> => {
    const path = `/apis/discovery.k8s.io/v1/namespaces/${cluster.namespace}/endpointslices`;
    const found = new Map<string, Body>();
    for await (const { type, object } of cluster.watch(
      `${path}?watch=true&labelSelector=kubernetes.io%2Fservice-name%3D${name}`,
    )) {
      const slice = object as Body;
      if (type === "DELETED") found.delete(slice.metadata.name);
      else found.set(slice.metadata.name, slice);
      const all = [...found.values()];
      if (all.flatMap(({ endpoints }) => endpoints ?? []).length === count) return all.sort(byAddress);
    }
    return [];
  };
  /** The service's Endpoints once they are there, with so many subsets. */
  const endpoints = async (name: string, count: number): Promise<Body> => {
    const only = `fieldSelector=metadata.name%3D${name}`;
    for await (const { object } of cluster.watch(`${base}/endpoints?watch=true&${only}`))
      if (((object as Body).subsets ?? []).length === count) return object;
  };

  test("a service's slice names its pods, their conditions and their real ports", async () => {
    const ports = [{ name: "raw", port: 80, targetPort: 9000, appProtocol: "kubernetes.io/h2c" }];
    const { metadata } = await service("plain", { ports }, { tier: "front" });
    const [slice] = await slices("plain", 2);
    expect(slice).toMatchObject({
      addressType: "IPv4",
      metadata: { generateName: "plain-" },
      ports: [{ name: "raw", port: 9000, protocol: "TCP", appProtocol: "kubernetes.io/h2c" }],
    });
    expect(slice.metadata.labels).toEqual({
      tier: "front",
      "kubernetes.io/service-name": "plain",
      "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    });
    const owner = { apiVersion: "v1", kind: "Service", name: "plain", uid: metadata.uid };
    expect(slice.metadata.ownerReferences).toEqual([
      { ...owner, controller: true, blockOwnerDeletion: true },
    ]);
    expect(shown(slice)).toEqual([
      { name: "one", address: "10.9.9.1", conditions: { ready: true, serving: true, terminating: false } },
      { name: "two", address: "10.9.9.2", conditions: { ready: false, serving: false, terminating: false } },
    ]);
    expect((await endpoints("plain", 1)).subsets[0]).toMatchObject({
      addresses: [{ ip: "10.9.9.1", nodeName, targetRef: { kind: "Pod", name: "one" } }],
      notReadyAddresses: [{ ip: "10.9.9.2" }],
      ports: [{ name: "raw", port: 9000, protocol: "TCP", appProtocol: "kubernetes.io/h2c" }],
    });
  });

  test("a port by name is where each pod has it; pods without it stand in a slice without ports", async () => {
    await service("named", { ports: [{ port: 80, targetPort: "http" }] });
    const [first, second] = await slices("named", 2);
    expect(first.ports).toEqual([{ name: "", port: 8080, protocol: "TCP" }]);
    expect(shown(first).map(({ name }) => name)).toEqual(["one"]);
    expect(second.ports ?? []).toEqual([]);
    expect((await endpoints("named", 1)).subsets).toMatchObject([
      { addresses: [{ ip: "10.9.9.1" }], ports: [{ port: 8080, protocol: "TCP" }] },
    ]);
  });

  test("a headless service that publishes not ready addresses calls them ready, and knows hostnames", async () => {
    const spec = { clusterIP: "None", publishNotReadyAddresses: true, ports: [{ port: 80 }] };
    await service("headless", spec);
    const [slice] = await slices("headless", 2);
    expect(slice.metadata.labels).toMatchObject({ "service.kubernetes.io/headless": "" });
    expect(shown(slice).map(({ conditions }) => conditions)).toEqual([
      { ready: true, serving: true, terminating: false },
      { ready: true, serving: false, terminating: false },
    ]);
    const first = slice.endpoints.find(({ addresses }: Body) => addresses[0] === "10.9.9.1");
    expect(first.hostname).toBe("first");
  });

  test("a service without pods has one empty slice and empty Endpoints", async () => {
    await service("nobody", { selector: { app: "none" }, ports: [{ port: 80 }] });
    const empty = await slices("nobody", 0);
    expect(empty.map(({ endpoints: list, ports }) => [list ?? [], ports ?? []])).toEqual([[[], []]]);
    expect(await endpoints("nobody", 0)).not.toHaveProperty("subsets");
  });

  test("a pod that ends serves on and is not ready any more; Endpoints drop it", async () => {
    await service("leaving", { ports: [{ port: 80 }] });
    await created("pods", pod("three", { nodeName }));
    await report("three", "10.9.9.3", "True");
    await slices("leaving", 3);
    await cluster.send("DELETE", `${base}/pods/three`);
    const path = `/apis/discovery.k8s.io/v1/namespaces/${cluster.namespace}/endpointslices`;
    const { items } = (
      await cluster.send("GET", `${path}?labelSelector=kubernetes.io%2Fservice-name%3Dleaving`)
    ).body;
    const isLeaving = (slice: Body) =>
      shown(slice).some(({ name, conditions }) => name === "three" && conditions.terminating);
    const slice = await cluster.until(`${path}/${items[0].metadata.name}`, isLeaving);
    expect(shown(slice).find(({ name }) => name === "three")?.conditions).toEqual({
      ready: false,
      serving: true,
      terminating: true,
    });
    const { subsets } = await cluster.until(
      `${base}/endpoints/leaving`,
      (body) => !JSON.stringify(body).includes("10.9.9.3"),
    );
    expect(subsets[0].addresses).toMatchObject([{ ip: "10.9.9.1" }]);
    await cluster.send("DELETE", `${base}/pods/three?gracePeriodSeconds=0`);
  });

  test("slices and Endpoints go with their service", async () => {
    await service("short", { ports: [{ port: 80 }] });
    const [slice] = await slices("short", 2);
    await endpoints("short", 1);
    await cluster.send("DELETE", `${base}/services/short`);
    await cluster.gone(
      `/apis/discovery.k8s.io/v1/namespaces/${cluster.namespace}/endpointslices/${slice.metadata.name}`,
    );
    await cluster.gone(`${base}/endpoints/short`);
  });
});

function pod(name: string, spec: object = {}, ports: object[] = []): object {
  const containers = [{ name: "main", image: "example.invalid/none", ports }];
  return { metadata: { name, labels: { app: "web" } }, spec: { containers, ...spec } };
}

function shown({ endpoints }: Body): { name: string; address: string; conditions: Body }[] {
  return (endpoints ?? [])
    .map(({ targetRef, addresses: [address], conditions }: Body) => ({
      name: targetRef.name,
      address,
      conditions,
    }))
    .sort((a: Body, b: Body) => a.address.localeCompare(b.address));
}

function byAddress(left: Body, right: Body): number {
  return firstAddress(left).localeCompare(firstAddress(right));
}

function firstAddress(slice: Body): string {
  return shown(slice)[0]?.address ?? "";
}
