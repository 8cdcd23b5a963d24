import {
  type CronJobTrigger,
  cronJobTriggerResource,
  functionResource,
  legacyFinalizers,
} from "@kubeless/api-types";
import { type Resource, resources } from "@kubeless/controller-kit";
import { formerControllers, type ProjectionCluster } from "@kubeless/controller-kit/testing";
import { describe, expect, it } from "vitest";
import { openController } from "./fixtures/controller.ts";

const { KUBELESS_TEST_KUBECONFIG: real } = process.env;
const SOON = { timeout: 30_000 };
const functions: Resource = { ...functionResource, namespaced: true };
const triggers: Resource<CronJobTrigger> = { ...cronJobTriggerResource, namespaced: true };

describe(`a CronJob of Kubeless 1.0.x on ${real ? "a real Kubernetes" : "local-cluster's API server"}`, () => {
  it("is left alone while its controller runs; then one of another name is pruned, one of the same taken over", async () => {
    const cluster = await openController(real);
    const { client, namespace } = cluster;
    const reasonOf = async (name: string) => {
      const { status } = await client.get(triggers, { namespace, name });
      return status?.conditions?.find(({ type }) => type === "Ready")?.reason;
    };
    const cronJobOf = (name: string) => client.find(resources.cronJobs, { namespace, name });
    const spec = { handler: "a.b", runtime: "nodejs" };
    await client.create(functions, { metadata: { namespace, name: "same" }, spec } as never);
    await createOld(cluster, "nightly", "hello");
    const same = await createOld(cluster, "same", "same");
    const old = await client.create(
      resources.deployments,
      formerControllers(namespace, "CronJobTrigger") as never,
    );
    const manager = await cluster.start();
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
    expect(container).toMatchObject({ image: "caller:1", command: ["kubeless-call"] });
    expect(container?.args).not.toContain("-c");
  }, 90_000);
});

/** A trigger as it is stored, and the CronJob, called by its function, that the old controller made of it. */
async function createOld({ client, namespace }: ProjectionCluster, name: string, target: string) {
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
