/** Longest name a trigger may have: a CronJob's has 52 characters, of which `trigger-` takes eight. */
export const MAX_TRIGGER_NAME_LENGTH = 44;

/** The CronJob of a trigger. (Kubeless 1.0.x named it after the function, so that two triggers overwrote each other.) */
export function toCronJobName(trigger: string): string {
  return `trigger-${trigger}`;
}

export const PAYLOAD_KEY = "payload";
export const CONTAINER_NAME = "trigger";
/** Where the payload is mounted in the pod that calls. */
export const PAYLOAD_PATH = "/payload";
/** Where a container leaves its last words. */
export const TERMINATION_MESSAGE_PATH = "/dev/termination-log";
