import { CRONJOB_NAME_PREFIX } from "@kubeless/api-types";

/** The CronJob of a trigger; api-types refuses triggers whose CronJob's name would be too long. */
export function toCronJobName(trigger: string): string {
  return `${CRONJOB_NAME_PREFIX}${trigger}`;
}

export const PAYLOAD_KEY = "payload";
export const CONTAINER_NAME = "trigger";
/** Where the payload is mounted in the pod that calls. */
export const PAYLOAD_PATH = "/payload";
/** Where a container leaves its last words. */
export const TERMINATION_MESSAGE_PATH = "/dev/termination-log";
