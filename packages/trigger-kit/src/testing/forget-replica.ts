import { FIELD_MANAGER } from "@kubeless/api-types";
import { type KubernetesObject, type Resource, resources } from "@kubeless/controller-kit";
import type { RoleWork } from "@kubeless/controller-kit/testing";
import { until } from "./until.ts";

const patienceMs = 30_000;

/**
 * Lets a trigger's status say what a replica said that was killed since, and makes the pod of the one that works. Resolves when
 * that has taken it away.
 */
export async function forgetReplica(
  { client, namespace, controllerNamespace }: RoleWork,
  trigger: Resource,
  name: string,
): Promise<void> {
  const pod = {
    metadata: { namespace: controllerNamespace, name: "first" },
    spec: { containers: [{ name: "main", image: "none" }], nodeSelector: { "example.com/node": "none" } },
  };
  await client.create(resources.pods, pod);
  const metadata = { namespace, name };
  const { apiVersion, kind } = trigger;
  const said: KubernetesObject & { status: object } = {
    apiVersion,
    kind,
    metadata,
    status: { replicas: [{ pod: "killed", connected: true }] },
  };
  await client.apply(trigger, said, { subresource: "status", fieldManager: `${FIELD_MANAGER}-killed` });
  await until(
    async () => !JSON.stringify(await client.get(trigger, metadata)).includes('"killed"'),
    patienceMs,
  );
}
