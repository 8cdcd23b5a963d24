import { type CronJobTrigger, cronJobTriggerResource, functionResource } from "@kubeless/api-types";
import { type KubernetesObject, type Resource, resources } from "@kubeless/controller-kit";
import { type RoleWork, roleCases } from "@kubeless/controller-kit/testing";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { describe, expect, it } from "vitest";

const { KUBELESS_TEST_KUBECONFIG: kubeconfig } = process.env;
const SOON = { timeout: 20_000 };
const functions: Resource = { ...functionResource, namespaced: true };
const triggers: Resource<CronJobTrigger> = { ...cronJobTriggerResource, namespaced: true };

describe("the manifests of the cronjob trigger controller", () => {
  for (const { name, isSkipped, run } of roleCases({
    main: new URL("main.ts", import.meta.url),
    manifests: new URL("../manifests/", import.meta.url),
    kinds: [cronJobTriggerResource],
    startServer: startApiServer,
    kubeconfig,
    work: makeItDoEverything,
  }))
    it.skipIf(isSkipped)(name, run, 120_000);
});

/** One trigger through all that can happen to it and its children. */
async function makeItDoEverything({ client, namespace }: RoleWork): Promise<void> {
  const name = { namespace, name: "tidy" };
  const spec = { "function-name": "tidy", schedule: "0 0 1 1 *", payload: { days: 30 }, suspend: true };
  await client.create(functions, { metadata: name, spec: { handler: "a.b", runtime: "nodejs" } } as never);
  const metadata = { ...name, finalizers: ["kubeless.io/cronjobtrigger"] };
  const { uid } = (await client.create(triggers, { metadata, spec } as never)).metadata;
  const cronJob = { namespace, name: "trigger-tidy" };
  await expect.poll(() => client.find(resources.cronJobs, cronJob), SOON).toBeDefined();
  const payload = async () =>
    (await client.list(resources.configMaps, { namespace })).items.find(({ metadata: { name: found } }) =>
      found.startsWith("trigger-tidy-payload"),
    );
  const before = { namespace, name: (await payload())?.metadata.name ?? "" };

  const find = async (kind: Resource<object>, child: typeof before) =>
    (await client.find(kind as Resource, child)) as KubernetesObject | undefined;
  for (const [kind, child] of [
    [resources.configMaps, before],
    [resources.cronJobs, cronJob],
  ] as const) {
    const changed = { metadata: { annotations: { "kubeless.io/applied": "x" } } };
    await client.patch(kind as never, child, changed as never);
    const applied = async () =>
      (await find(kind as Resource, child))?.metadata?.annotations?.["kubeless.io/applied"] ?? "x";
    await expect.poll(applied, SOON).not.toBe("x");
  }

  // What an older version named by the function, and a payload that no run needs any more, go.
  const owner = { apiVersion: "kubeless.io/v1beta1", kind: "CronJobTrigger", name: "tidy", uid };
  const old = { namespace, name: "trigger-its-function" };
  const live = await client.get(resources.cronJobs, cronJob);
  await client.create(resources.cronJobs, {
    metadata: { ...old, labels: { "created-by": "kubeless" }, ownerReferences: [owner] },
    spec: live.spec,
  } as never);
  await client.patch(triggers, name, { spec: { payload: { days: 31 } } } as never);
  await expect.poll(() => client.find(resources.cronJobs, old), SOON).toBeUndefined();
  await expect.poll(() => client.find(resources.configMaps, before), SOON).toBeUndefined();
  const trigger = await client.get(triggers, name);
  expect(trigger.metadata.finalizers).toBeUndefined();
  await expect.poll(async () => (await client.get(triggers, name)).status?.observedGeneration, SOON).toBe(2);
}
