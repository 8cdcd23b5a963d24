import type { CustomResourceDefinition } from "./crd.ts";
import { cronJobTriggerResource } from "./cronjob-trigger.ts";
import { functionResource } from "./function.ts";
import { httpTriggerResource } from "./http-trigger.ts";
import { kafkaTriggerResource } from "./kafka-trigger.ts";
import { kinesisTriggerResource } from "./kinesis-trigger.ts";
import { natsTriggerResource } from "./nats-trigger.ts";

/** Every kind there is, functions first. */
export const resources = [
  functionResource,
  httpTriggerResource,
  cronJobTriggerResource,
  kafkaTriggerResource,
  natsTriggerResource,
  kinesisTriggerResource,
] as const;

/** The CustomResourceDefinition of a kind, as it is applied to a cluster. */
export function crd(resource: { crd(): CustomResourceDefinition }): CustomResourceDefinition {
  return resource.crd();
}
