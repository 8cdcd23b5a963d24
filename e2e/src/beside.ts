import { loadKubeConfig } from "@kubeless/controller-kit";
import {
  type GuardedController,
  loadManifests,
  startGuardedController,
} from "@kubeless/controller-kit/testing";
import { afterAll, expect } from "vitest";
import type { TestCluster } from "./cluster/test-cluster.ts";
import { environment } from "./environment.ts";

/**
 * A trigger's controller for a file's scenarios. On Kubernetes it runs beside the cluster, where the broker is, with the
 * token of a ServiceAccount that has exactly the rights of its manifests, and using none that is not in them; the local
 * platform has it already. The function that is returned resolves when it runs.
 */
export function besideCluster(
  controller: "kafka-trigger" | "nats-trigger",
  settings: Readonly<Record<string, string>>,
): (cluster: TestCluster) => Promise<void> {
  let running: Promise<GuardedController> | undefined;
  afterAll(async () => {
    const ended = await running;
    await ended?.stop();
    expect(ended?.missing() ?? []).toEqual([]);
  }, 60_000);
  const manifest = import.meta.resolve(`@kubeless/${controller}/package.json`);

  return async ({ kubeconfig, namespace }) => {
    if (environment.kubeconfig === undefined) return;
    running ??= startGuardedController({
      main: new URL("./src/main.ts", manifest),
      kubeConfig: loadKubeConfig({ kubeconfig }),
      manifests: loadManifests({
        folder: new URL("./manifests/", manifest),
        files: ["service-account.yaml", "namespaced/role.yaml", "role.yaml"],
        namespace,
      }),
      environment: { FUNCTIONS_NAMESPACE: namespace, POD_NAMESPACE: namespace, ...settings },
      isEnforced: true,
    });
    await running;
  };
}
