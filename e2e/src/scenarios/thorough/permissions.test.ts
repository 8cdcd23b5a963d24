import { setTimeout } from "node:timers/promises";
import type { Access } from "@kubeless/controller-kit/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ApiRecorder } from "../../cluster/api-recorder.ts";
import { controllerManifests, type PolicyRule } from "../../cluster/manifests.ts";
import { hasRealCluster, openRealCluster, type RealCluster } from "../../cluster/real-cluster.ts";
import { recordController } from "../../cluster/recorded-controller.ts";
import { environment } from "../../environment.ts";
import { fixture } from "../../fixtures.ts";

const { host } = environment;

/** Everything that a function goes through in its life, and what people do to its children meanwhile. */
async function liveThroughEverything({ kubeless, kubectl, apply, system }: RealCluster): Promise<void> {
  await kubectl("delete", "lease", "--all", "-n", system);
  await kubeless("function", "deploy", "life", "-f", fixture("hello.js"), "--cpu", "50m", "--wait");
  const finalizers = ["kubeless.io/function"];
  const change = { metadata: { finalizers }, spec: { revisionHistoryLimit: 0 } };
  await kubectl("patch", "function", "life", "--type=merge", "-p", JSON.stringify(change));

  await kubeless("autoscale", "create", "life", "--value", "50");
  await kubectl("wait", "hpa/life", "--for=create", "--timeout=30s");
  await kubectl("patch", "hpa", "life", "-p", '{"spec":{"maxReplicas":7}}');
  await kubectl("wait", "hpa/life", "--for=jsonpath={.spec.maxReplicas}=1", "--timeout=30s");
  await kubectl("patch", "service", "life", "-p", '{"spec":{"selector":{"function":"nobody"}}}');
  await kubectl("wait", "service/life", "--for=jsonpath={.spec.selector.function}=life", "--timeout=30s");
  await kubectl("label", "configmaps", "--selector=function=life", "created-by-");
  const labelled = "--for=jsonpath={.metadata.labels.created-by}=kubeless";
  await kubectl("wait", "configmaps", "--selector=function=life", labelled, "--timeout=30s");

  await kubeless("function", "update", "life", "-f", fixture("hello-updated.js"), "--wait");
  const surplus = await makeSurplus(kubectl);
  await apply(...surplus);
  await kubectl("wait", "service/surplus", "deployment/surplus", "--for=delete", "--timeout=30s");
  await kubeless("autoscale", "delete", "life");
  await kubectl("wait", "hpa/life", "--for=delete", "--timeout=30s");
  await kubeless("function", "delete", "life");
  await kubectl("wait", "pods", "--selector=function=life", "--for=delete", "--timeout=60s");
}

/** Children of the function that it no longer asks for. */
async function makeSurplus(kubectl: RealCluster["kubectl"]): Promise<readonly object[]> {
  const [apiVersion, kind, name] = ["kubeless.io/v1beta1", "Function", "life"];
  const uid = await kubectl("get", "function", name, "-o", "jsonpath={.metadata.uid}");
  const labels = { "created-by": "kubeless", function: name };
  const ownerReferences = [{ apiVersion, kind, name, uid, controller: true }];
  const metadata = { name: "surplus", labels, ownerReferences };
  const service = { apiVersion: "v1", kind: "Service", metadata, spec: { ports: [{ port: 80 }] } };
  const template = {
    metadata: { labels: { surplus: "" } },
    spec: { containers: [{ name: "a", image: "b" }] },
  };
  const spec = { replicas: 0, selector: { matchLabels: { surplus: "" } }, template };
  return [service, { apiVersion: "apps/v1", kind: "Deployment", metadata, spec }];
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

    test("is missed in its log where it is not granted, and used as soon as it is", {
      timeout: 60_000,
    }, async () => {
      const { apply, kubectl, kubeless, system, namespace: functions, imageOf } = cluster;
      await kubectl("delete", "rolebinding", "kubeless-function-controller");
      await kubectl("delete", "pods", "--all", "-n", system);
      const running = "--for=jsonpath={.status.phase}=Running";
      await kubectl("wait", "pods", "--all", "-n", system, running, "--timeout=30s");
      await untilControllerSays(
        cluster,
        /User \\"system:serviceaccount:\S+:function-controller\\" cannot list/,
      );
      const manifests = controllerManifests("function-controller", { system, functions, imageOf });
      await apply(...manifests.filter(({ kind }) => kind === "RoleBinding"));
      await kubeless("function", "deploy", "granted", "-f", fixture("hello.js"), "--wait");
      expect(await cluster.controllerLog()).toContain("Leading");
    });
  },
);

async function untilControllerSays({ controllerLog }: RealCluster, wanted: RegExp): Promise<void> {
  while (!wanted.test(await controllerLog())) await setTimeout(500);
}

function toPermission({ namespace = "", group, resource, verb }: Access): string {
  return `${namespace}: ${verb} ${resource}${group === "" ? "" : `.${group}`}`;
}

function permissionsOf({ system, namespace: functions, imageOf }: RealCluster): readonly string[] {
  return controllerManifests("function-controller", { system, functions, imageOf })
    .filter(({ kind }) => kind === "Role")
    .flatMap(({ metadata, rules = [] }) => rules.flatMap((rule) => expand(metadata.namespace ?? "", rule)));
}

function expand(namespace: string, { apiGroups, resources, verbs }: PolicyRule): readonly string[] {
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) => verbs.map((verb) => toPermission({ namespace, group, resource, verb }))),
  );
}
