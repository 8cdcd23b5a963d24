import { createHash } from "node:crypto";
import { annotations } from "@kubeless/api-types";
import type { KubernetesObject } from "@kubeless/controller-kit";
import type { Plan } from "./plan.ts";

/** Changes when something that is not the user's changes what a function's pods are made of. */
export function hashPlatform({ config, runtime, source }: Plan): string {
  const { note: _, ...entry } = runtime ?? {};
  const provision = source === undefined ? [] : [config.provisionImage, config.pullSecrets];
  return createHash("sha256")
    .update(JSON.stringify([entry, provision, config.deployment]))
    .digest("hex")
    .slice(0, 10);
}

/** The hash that a Deployment was made with; undefined when an earlier release made it. */
export function platformOf(deployment: KubernetesObject): string | undefined {
  return deployment.metadata?.annotations?.[annotations.platform];
}
