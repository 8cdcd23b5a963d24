import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiRecorder, type ApiRequest, toApiRequest } from "./cluster/api-recorder.ts";
import { controllerManifests, type PolicyRule } from "./cluster/manifests.ts";
import { hasRealCluster, openRealCluster, type RealCluster } from "./cluster/real-cluster.ts";
import { recordController } from "./cluster/recorded-controller.ts";
import { environment } from "./environment.ts";
import { fixture } from "./fixtures.ts";

const { host } = environment;

/** Everything that a function goes through in its life. */
async function liveThroughEverything({ kubeless, kubectl }: RealCluster): Promise<void> {
  await kubeless("function", "deploy", "life", "-f", fixture("hello.js"), "--cpu", "50m", "--wait");
  await kubectl("patch", "function", "life", "--type=merge", "-p", '{"spec":{"revisionHistoryLimit":0}}');
  await kubeless("autoscale", "create", "life", "--value", "50");
  await kubectl("wait", "hpa/life", "--for=create", "--timeout=30s");
  await kubectl("patch", "hpa", "life", "-p", '{"spec":{"maxReplicas":7}}');
  await kubectl("wait", "hpa/life", "--for=jsonpath={.spec.maxReplicas}=1", "--timeout=30s");
  await kubectl("patch", "service", "life", "-p", '{"spec":{"selector":{"function":"nobody"}}}');
  await kubectl("wait", "service/life", "--for=jsonpath={.spec.selector.function}=life", "--timeout=30s");
  await kubeless("function", "update", "life", "-f", fixture("hello-updated.js"), "--wait");
  await kubectl("wait", "configmap", "-l", "function=life", "--for=delete", "--timeout=30s").catch(() => "");
  await kubeless("autoscale", "delete", "life");
  await kubectl("wait", "hpa/life", "--for=delete", "--timeout=30s");
  await kubeless("function", "delete", "life");
  await kubectl("wait", "pods", "-l", "function=life", "--for=delete", "--timeout=60s");
}

describe.skipIf(!hasRealCluster || host === undefined)(
  "what the function controller may do, on Kubernetes",
  () => {
    let cluster: RealCluster;
    let recorder: ApiRecorder;
    beforeAll(async () => {
      cluster = await openRealCluster(["function-controller"]);
      recorder = await recordController(cluster, host ?? "");
      await liveThroughEverything(cluster);
    }, 180_000);
    afterAll(async () => {
      await recorder?.[Symbol.asyncDispose]();
      await cluster?.close();
    });

    test("suffices: nothing it asks for is forbidden", () => {
      expect(recorder.requests.filter(({ status }) => status === 403)).toEqual([]);
    });

    test("is no more than it does", () => {
      const done = new Set(recorder.requests.map(toPermission));
      const granted = permissionsOf(cluster);
      expect(granted.filter((permission) => !done.has(permission))).toEqual([]);
    });
  },
);

function toPermission({ namespace, group, resource, verb }: ApiRequest): string {
  return `${namespace}: ${verb} ${resource}${group === "" ? "" : `.${group}`}`;
}

function permissionsOf({ system, namespace: functions, imageOf }: RealCluster): readonly string[] {
  return controllerManifests("function-controller", { system, functions, imageOf })
    .filter(({ kind }) => kind === "Role")
    .flatMap(({ metadata, rules = [] }) => rules.flatMap((rule) => expand(metadata.namespace ?? "", rule)));
}

function expand(namespace: string, { apiGroups, resources, verbs }: PolicyRule): readonly string[] {
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.map((verb) => toPermission({ namespace, group, resource, verb, name: "", status: 200 })),
    ),
  );
}

describe("a request is told in the words of RBAC", () => {
  test.each([
    ["GET", "/api/v1/namespaces/a/pods", "list pods"],
    ["GET", "/api/v1/pods?watch=1", "watch pods"],
    ["GET", "/apis/kubeless.io/v1beta1/namespaces/a/functions/hello", "get functions"],
    [
      "PATCH",
      "/apis/kubeless.io/v1beta1/namespaces/a/functions/hello/status?force=true",
      "patch functions/status",
    ],
    ["DELETE", "/apis/apps/v1/namespaces/a/deployments/hello", "delete deployments"],
    ["DELETE", "/apis/apps/v1/namespaces/a/deployments", "deletecollection deployments"],
    ["GET", "/api/v1/namespaces/a", "get namespaces"],
  ])("%s %s: %s", (method, url, said) => {
    const request = toApiRequest(method, url, 200);
    expect(`${request?.verb} ${request?.resource}`).toBe(said);
  });
});
