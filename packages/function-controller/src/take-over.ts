import type { Inputs } from "@kubeless/controller-kit";
import { resources } from "@kubeless/controller-kit";

/** What the Deployment of Kubeless 1.0.x's controllers is labelled with. */
export const LEGACY_LABELS = { kubeless: "controller" } as const;
const LEGACY_CONTAINER = "kubeless-function-controller";

/** A function controller of Kubeless 1.0.x that still runs would undo whatever we write to its children. */
export function findLegacyController(
  inputs: Inputs,
  namespace: string,
): { reason: string; message: string } | undefined {
  const running = inputs
    .list(resources.deployments, { namespace, labels: LEGACY_LABELS })
    .filter(({ spec }) => (spec?.replicas ?? 1) > 0)
    .find(({ spec }) => spec?.template.spec?.containers.some(({ name }) => name === LEGACY_CONTAINER));
  if (running === undefined) return undefined;
  const name = running.metadata.name;
  return {
    reason: "LegacyControllerRunning",
    message: `the controller of Kubeless 1.0.x still runs; stop it with: kubectl --namespace ${namespace} scale deployment ${name} --replicas=0`,
  };
}
