import { functionResource } from "@kubeless/api-types";
import {
  type ClusterClient,
  createClusterClient,
  resources,
  runProjections,
  silentLogger,
} from "@kubeless/controller-kit";
import { startApiServer, type TestApiServer } from "@kubeless/local-cluster/testing";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oldFunction } from "../fixtures/functions.ts";
import { functions } from "../fixtures/test-cluster.ts";
import { createFunctionProjection } from "../function-projection.ts";
import { createConfigReader } from "./read-config.ts";

const SOON = { timeout: 20_000 };
const config = { namespace: "kubeless", name: "kubeless-config" };

describe("a change of the configuration reaches a controller that goes on running", () => {
  let server: TestApiServer;
  let client: ClusterClient;
  const stopping = new AbortController();
  let running: Promise<void>;
  beforeAll(async () => {
    server = await startApiServer();
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(server.kubeconfig);
    client = createClusterClient({ kubeConfig });
    await client.apply(resources.customResourceDefinitions, functionResource.crd());
    for (const name of ["kubeless", "first", "second"])
      await client.create(resources.namespaces, { metadata: { name } });
    await client.create(resources.configMaps, { metadata: config, data: { "functions-namespace": "first" } });
    for (const namespace of ["first", "second"]) {
      const { apiVersion, kind, spec } = oldFunction();
      const metadata = { namespace, name: "hello" };
      await client.create(functions, { apiVersion, kind, metadata, spec } as never);
    }
    const readConfig = createConfigReader({ version: "1.0.0", imageOverrides: {} });
    running = runProjections({
      name: "function-controller",
      identity: "test",
      client,
      projections: [createFunctionProjection({ config, readConfig })],
      config,
      logger: silentLogger,
      signal: stopping.signal,
    });
  });
  afterAll(async () => {
    stopping.abort();
    await running;
    await client.close();
    await server.stop();
  });

  const change = (data: object) => client.patch(resources.configMaps, config, { data });
  const containerIn = async (namespace: string) =>
    (await client.find(resources.deployments, { namespace, name: "hello" }))?.spec?.template.spec
      ?.containers[0];

  it("the administrator's defaults of a Deployment", async () => {
    await expect.poll(() => containerIn("first"), SOON).toBeDefined();
    const container = { resources: { limits: { memory: "1Gi" } } };
    await change({
      deployment: JSON.stringify({ spec: { template: { spec: { containers: [container] } } } }),
    });
    await expect.poll(async () => (await containerIn("first"))?.resources?.limits?.memory, SOON).toBe("1Gi");
  });

  it("what cannot be understood is told in the status, and changes nothing", async () => {
    await change({ deployment: "{ no JSON" });
    const readiness = async () =>
      (await client.get(functions, { namespace: "first", name: "hello" })).status?.conditions?.find(
        ({ type }) => type === "Accepted",
      )?.status;
    await expect.poll(readiness, SOON).toBe("False");
    expect((await containerIn("first"))?.resources?.limits?.memory).toBe("1Gi");
    await change({ deployment: null });
    await expect.poll(readiness, SOON).toBe("True");
  });

  it("the namespace that is served, and only that one", async () => {
    expect(await containerIn("second")).toBeUndefined();
    await change({ "functions-namespace": "second" });
    await expect.poll(() => containerIn("second"), SOON).toBeDefined();
    await client.delete(resources.deployments, { namespace: "first", name: "hello" });
    await change({ "functions-namespace": "" });
    await expect.poll(() => containerIn("first"), SOON).toBeDefined();
  });
});
