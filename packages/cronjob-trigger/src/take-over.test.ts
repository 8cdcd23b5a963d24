import { randomBytes } from "node:crypto";
import {
  type CronJobTrigger,
  cronJobTriggerResource,
  functionResource,
  legacyControllers,
  legacyFinalizers,
} from "@kubeless/api-types";
import {
  createClusterClient,
  createProjectionManager,
  loadKubeConfig,
  type Resource,
  resources,
} from "@kubeless/controller-kit";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCronJobProjection } from "./cronjob-projection.ts";

const { KUBELESS_TEST_KUBECONFIG: real } = process.env;
const SOON = { timeout: 30_000 };
const functions: Resource = { ...functionResource, namespaced: true };
const triggers: Resource<CronJobTrigger> = { ...cronJobTriggerResource, namespaced: true };

describe(`a CronJob of Kubeless 1.0.x on ${real ? "a real Kubernetes" : "local-cluster's API server"}`, async () => {
  const server = real ? undefined : await startApiServer();
  const client = createClusterClient({ kubeConfig: toKubeConfig(server?.kubeconfig) });
  const namespace = `cron-${randomBytes(3).toString("hex")}`;
  const image = "ghcr.io/kubeless/cronjob-trigger:0.1.0";
  const projections = [createCronJobProjection({ namespace, image, now: () => new Date() })];
  const manager = createProjectionManager({ name: "cron", identity: "test", client, projections, namespace });

  const reasonOf = async (name: string) => {
    const { status } = await client.get(triggers, { namespace, name });
    return status?.conditions?.find(({ type }) => type === "Ready")?.reason;
  };
  const cronJobOf = (name: string) => client.find(resources.cronJobs, { namespace, name });

  beforeAll(async () => {
    for (const kind of [functionResource, cronJobTriggerResource])
      await client.apply(resources.customResourceDefinitions, kind.crd());
    await client.create(resources.namespaces, { metadata: { name: namespace } });
    for (const name of ["hello", "same"])
      await client.create(functions, {
        metadata: { namespace, name },
        spec: { handler: "a.b", runtime: "nodejs" },
      } as never);
  }, 60_000);
  afterAll(async () => {
    await manager.stop();
    await client.delete(resources.namespaces, { name: namespace });
    await client.close();
    await server?.stop();
  }, 60_000);

  /** A trigger as it is stored, and the CronJob, called by its function, that the old controller made of it. */
  async function createOld(name: string, target: string) {
    const labels = { "created-by": "kubeless" };
    const finalizers = [legacyFinalizers.CronJobTrigger];
    const schedule = "0 0 1 1 *";
    const { metadata } = await client.create(triggers, {
      metadata: { namespace, name, labels, finalizers },
      spec: { "function-name": target, schedule, payload: null },
    } as never);
    // There never was a kind Trigger.
    const owner = { apiVersion: "kubeless.io/v1beta1", kind: "Trigger", name, uid: metadata.uid };
    const args = ["-c", `curl -Lv http://${target}.${namespace}.svc.cluster.local:8080`];
    const container = { name: "trigger", image: "kubeless/unzip", command: ["/bin/sh"], args };
    const template = { spec: { containers: [container], restartPolicy: "Never" } };
    return client.create(
      resources.cronJobs,
      {
        metadata: { namespace, name: `trigger-${target}`, labels, ownerReferences: [owner] },
        spec: { schedule, jobTemplate: { spec: { activeDeadlineSeconds: 180, template } } },
      } as never,
      { fieldManager: "cronjob-trigger-controller" },
    );
  }

  it("is left alone while its controller runs; then one of another name is pruned, one of the same taken over", async () => {
    await createOld("nightly", "hello");
    const same = await createOld("same", "same");
    const old = await client.create(resources.deployments, oldControllers(namespace));
    await manager.start();
    for (const name of ["nightly", "same"])
      await expect.poll(() => reasonOf(name), SOON).toBe("LegacyControllerRunning");
    await manager.idle();
    expect(await cronJobOf("trigger-nightly")).toBeUndefined();
    expect(await cronJobOf("trigger-hello")).toBeDefined();

    await client.delete(resources.deployments, old.metadata);
    for (const name of ["nightly", "same"]) await expect.poll(() => reasonOf(name), SOON).toBe("Ready");
    expect(await cronJobOf("trigger-nightly")).toBeDefined();
    expect(await cronJobOf("trigger-hello")).toBeUndefined();
    const taken = await cronJobOf("trigger-same");
    expect(taken?.metadata.uid).toBe(same.metadata.uid);
    expect(taken?.metadata.ownerReferences).toMatchObject([{ kind: "CronJobTrigger", controller: true }]);
    const [container] = taken?.spec?.jobTemplate.spec?.template.spec?.containers ?? [];
    expect(container).toMatchObject({ image, command: ["kubeless-call"] });
    expect(container?.args).not.toContain("-c");
  }, 90_000);
});

function toKubeConfig(text: string | undefined): KubeConfig {
  if (text === undefined) return loadKubeConfig({ kubeconfig: real });
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(text);
  return kubeConfig;
}

function oldControllers(namespace: string) {
  const { labels, containers } = legacyControllers;
  const container = { name: containers.CronJobTrigger, image: "kubeless/cronjob-trigger-controller:v1.0.3" };
  return {
    metadata: { name: "kubeless-controller-manager", namespace, labels },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  } as never;
}
