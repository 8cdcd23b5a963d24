import type { ClusterClient } from "@kubeless/controller-kit";
import { toError } from "../errors.ts";

interface Pod {
  metadata: { name: string; deletionTimestamp?: string };
  status?: { phase?: string; conditions?: { type: string; status: string }[] };
}

const pods = { apiVersion: "v1", kind: "Pod", plural: "pods", namespaced: true };

/**
 * A ready pod of a trigger's controller that is not about to end.
 * @throws CliError NoController
 */
export async function findControllerPod(
  client: ClusterClient,
  namespace: string,
  controller: string,
): Promise<string> {
  const { items } = await client.list<Pod>(pods, {
    namespace,
    labelSelector: `app.kubernetes.io/name=${controller}`,
  });
  const ready = items.find(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined &&
      status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True"),
  );
  if (ready === undefined) throw toError("NoController", { controller, namespace });
  return ready.metadata.name;
}
