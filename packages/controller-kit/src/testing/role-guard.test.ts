import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClusterClient } from "../cluster/client.ts";
import { resources } from "../cluster/resources.ts";
import { judge, openTestCluster, type TestCluster } from "../fixtures/cluster.ts";
import { readAccess } from "./access.ts";
import type { AnyRole } from "./permissions.ts";
import { openRoleGuard, type RoleGuard } from "./role-guard.ts";

describe("what a request asks for", () => {
  it.each([
    ["GET", "/api/v1/namespaces/a/pods/b", "get pods a b"],
    ["GET", "/api/v1/namespaces/a/pods", "list pods a "],
    ["GET", "/api/v1/pods?watch=true", "watch pods  "],
    ["GET", "/api/v1/pods?watch=1", "watch pods  "],
    ["GET", "/api/v1/namespaces/a", "get namespaces  a"],
    ["GET", "/api/v1/configmaps?fieldSelector=metadata.name%3Dx", "list configmaps  x"],
    ["POST", "/apis/apps/v1/namespaces/a/deployments", "create deployments.apps a "],
    ["PUT", "/apis/apps/v1/namespaces/a/deployments/b/scale", "update deployments/scale.apps a b"],
    [
      "PATCH",
      "/apis/kubeless.io/v1beta1/namespaces/a/functions/b/status",
      "patch functions/status.kubeless.io a b",
    ],
    ["DELETE", "/api/v1/namespaces/a/pods/b", "delete pods a b"],
    ["DELETE", "/api/v1/namespaces/a/pods", "deletecollection pods a "],
    ["POST", "/api/v1/namespaces/a/services/b:http/proxy/c/d", "create services/proxy a b:http"],
  ])("%s %s is %s", (method, url, said) => {
    const { verb, group, resource, namespace = "", name = "" } = readAccess(method, url) ?? {};
    expect(`${verb} ${resource}${group && `.${group}`} ${namespace} ${name}`).toBe(said);
  });

  it.each(["/api", "/apis", "/apis/apps/v1", "/api/v1", "/version", "/openapi/v3", "/readyz"])(
    "GET %s is nothing that a role must grant",
    (url) => expect(readAccess("GET", url)).toBeUndefined(),
  );
});

describe(`a role guard, in front of ${judge}`, () => {
  let cluster: TestCluster;
  let guard: RoleGuard;
  beforeAll(async () => {
    cluster = await openTestCluster();
    guard = await openRoleGuard({ upstream: cluster.client, roles: [roleIn(cluster.namespace)] });
  });
  afterAll(async () => {
    await guard.close();
    await cluster.close();
  });

  it("lets through what the roles grant, refuses the rest, and tells what is missing and what was not used", async () => {
    const { namespace } = cluster;
    const client = createClusterClient({ kubeConfig: guard.kubeConfig });
    await client.create(resources.configMaps, { metadata: { namespace, name: "a" } });
    await expect(client.get(resources.configMaps, { namespace, name: "a" })).rejects.toMatchObject({
      status: 403,
    });
    await expect(client.list(resources.configMaps)).rejects.toMatchObject({ reason: "Forbidden" });
    expect(
      (await client.list(resources.configMaps, { namespace })).items.map(({ metadata }) => metadata.name),
    ).toContain("a");
    expect(guard.missing()).toEqual([`get configmaps in ${namespace}`, "list configmaps in all namespaces"]);
    expect(guard.unused()).toEqual([
      "Role some: watch configmaps",
      "Role some: get leases.coordination.k8s.io",
    ]);
    await client.close();
  });
});

function roleIn(namespace: string): AnyRole {
  return {
    kind: "Role",
    metadata: { name: "some", namespace },
    rules: [
      { apiGroups: [""], resources: ["configmaps"], verbs: ["create", "list", "watch"] },
      { apiGroups: ["coordination.k8s.io"], resources: ["leases"], resourceNames: ["mine"], verbs: ["get"] },
    ],
  };
}
