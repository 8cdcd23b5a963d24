import type { V1EndpointSlice } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import type { ClusterApi, KubeObject, Wire } from "../api/cluster-api.ts";
import type { Pod } from "../node/pod.ts";
import { portsAnnotation } from "../node/ports.ts";
import { startTestControllers } from "./controller-fixture.ts";
import { startEndpointSlices } from "./endpoint-slices.ts";

type Slice = KubeObject & Wire<V1EndpointSlice>;
const resource = "endpointslices.discovery.k8s.io";

function createService(api: ClusterApi, spec: object = {}): void {
  const ports = [{ name: "http", port: 80, targetPort: 8080 }];
  api.create("services", {
    metadata: { name: "web", namespace: "default" },
    spec: { selector: { app: "web" }, ports, ...spec },
  });
}

function createPod(api: ClusterApi, name: string, realPort?: number): void {
  const spec = { nodeName: "local", containers: [{ name: "main", image: "example" }] };
  const pod = api.create<Pod>("pods", {
    metadata: { name, namespace: "default", labels: { app: "web" } },
    spec,
  });
  if (realPort !== undefined) tellPort(api, name, realPort);
  report(api, pod.metadata.name, "True");
}

function tellPort(api: ClusterApi, name: string, realPort: number): void {
  const pod = api.get<Pod>("pods", "default", name);
  const annotations = { [portsAnnotation]: JSON.stringify({ 8080: realPort }) };
  api.update("pods", { ...pod, metadata: { ...pod?.metadata, annotations } });
}

function report(api: ClusterApi, name: string, ready: string, phase = "Running"): void {
  const conditions = [{ type: "Ready", status: ready }];
  api.updateStatus("pods", {
    ...api.get("pods", "default", name),
    status: { phase, podIP: "127.0.0.1", conditions },
  });
}

/** Each slice as `real port: pods`, in the order of the ports. */
function shown(api: ClusterApi): string[] {
  const names = ({ endpoints = [] }: Slice) => endpoints.map(({ targetRef }) => targetRef?.name).join();
  return api
    .list<Slice>(resource)
    .map((slice) => `${slice.ports?.map(({ port }) => port).join() ?? ""}: ${names(slice)}`)
    .sort();
}

test("pods whose ports really are the same share a slice, others have slices of their own", async () => {
  const { api, settled } = await startTestControllers([startEndpointSlices]);
  createService(api);
  createPod(api, "a", 21_000);
  createPod(api, "b", 21_001);
  createPod(api, "c");
  createPod(api, "d");
  await settled();
  expect(shown(api)).toEqual(["21000: a", "21001: b", "8080: c,d"]);
});

test("a port that becomes known while the pod runs moves its endpoint, in the slice that is there", async () => {
  const { api, settled } = await startTestControllers([startEndpointSlices]);
  createService(api);
  createPod(api, "a");
  await settled();
  const [before] = api.list<Slice>(resource);
  tellPort(api, "a", 21_000);
  await settled();
  expect(shown(api)).toEqual(["21000: a"]);
  expect(api.list<Slice>(resource)[0]?.metadata.name).toBe(before?.metadata.name);
});

test("pods that have ended are left out, and the last slice stays, empty", async () => {
  const { api, settled } = await startTestControllers([startEndpointSlices]);
  createService(api);
  createPod(api, "a", 21_000);
  createPod(api, "b", 21_001);
  await settled();
  for (const name of ["a", "b"]) report(api, name, "False", "Failed");
  await settled();
  expect(shown(api)).toEqual([": "]);
});

test("a slice that somebody changed or deleted is put right", async () => {
  const { api, settled } = await startTestControllers([startEndpointSlices]);
  createService(api);
  createPod(api, "a");
  await settled();
  const [slice] = api.list<Slice>(resource);
  api.update(resource, { ...slice, endpoints: [] });
  await settled();
  expect(shown(api)).toEqual(["8080: a"]);
  api.delete(resource, "default", slice?.metadata.name ?? "");
  await settled();
  expect(shown(api)).toEqual(["8080: a"]);
});

test.each([
  ["without a selector", { selector: null }],
  ["that is a name for another host", { type: "ExternalName", externalName: "example.com" }],
])("a service %s has no slices made for it", async (_what, spec) => {
  const { api, settled } = await startTestControllers([startEndpointSlices]);
  createService(api, spec);
  createPod(api, "a");
  await settled();
  expect(api.list(resource)).toEqual([]);
});

test("more than a hundred pods fill several slices", async () => {
  const { api, settled } = await startTestControllers([startEndpointSlices]);
  createService(api);
  for (let number = 0; number < 101; number += 1) createPod(api, `pod-${number}`);
  await settled();
  const sizes = api.list<Slice>(resource).map(({ endpoints = [] }) => endpoints.length);
  expect(sizes.sort((a, b) => b - a)).toEqual([100, 1]);
});

test("a pod that changes its labels leaves the service", async () => {
  const { api, settled } = await startTestControllers([startEndpointSlices]);
  createService(api);
  createPod(api, "a");
  await settled();
  const pod = api.get("pods", "default", "a");
  api.update("pods", { ...pod, metadata: { ...pod?.metadata, labels: { app: "other" } } });
  await settled();
  expect(shown(api)).toEqual([": "]);
});
