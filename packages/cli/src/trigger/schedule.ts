import { checkSchedule, checkTimeZone } from "@kubeless/api-types";
import { createObject, sendObject, type WriteRequest } from "../objects.ts";
import { UsageError } from "../parse.ts";
import { checkTrigger, newTrigger, type TriggerObject, triggerKinds } from "./trigger-object.ts";

const words = { kind: "CronJobTrigger", command: "kubeless trigger cronjob" };

interface Times {
  readonly schedule?: string | undefined;
  readonly "time-zone"?: string | undefined;
}

/**
 * Checks flags that say when, as Kubernetes does.
 * @throws UsageError
 */
export function checkTimes({ schedule, "time-zone": zone }: Times): void {
  const wrongSchedule = schedule === undefined ? undefined : checkSchedule(schedule);
  if (wrongSchedule !== undefined) throw new UsageError(`--schedule: ${wrongSchedule}`);
  const wrongZone = zone === undefined || zone === "" ? undefined : checkTimeZone(zone);
  if (wrongZone !== undefined) throw new UsageError(`--time-zone: ${wrongZone}`);
}

/**
 * The CronJobTrigger that `function deploy --schedule` makes: named as the function, without payload.
 * @throws UsageError
 * @throws CliError InvalidObject
 */
export function newSchedule(name: string, schedule: string, namespace: string): TriggerObject {
  checkTimes({ schedule });
  const trigger = newTrigger("cronjob", namespace, name, { "function-name": name, schedule, payload: null });
  trigger.metadata.labels = { ...trigger.metadata.labels, function: name };
  checkTrigger(trigger);
  return trigger;
}

/**
 * Has the API server say what is wrong with the trigger before its function is made.
 * @throws CliError AlreadyExists
 */
export async function tryOutSchedule(trigger: TriggerObject, request: WriteRequest): Promise<void> {
  if (request.dryRun !== "client")
    await sendObject(triggerKinds.cronjob, trigger, words, { ...request, dryRun: "server" });
}

/**
 * Creates it, or says what would be created, as one more document behind its function.
 * @throws CliError AlreadyExists, having said that the function stands
 */
export async function createSchedule(trigger: TriggerObject, request: WriteRequest): Promise<void> {
  const { dryRun, output = dryRun === "none" ? undefined : "yaml", world } = request;
  if (output === "yaml" || (output === "wide" && dryRun !== "none")) await world.stdout.write("---\n");
  try {
    await createObject(triggerKinds.cronjob, trigger, words, request);
  } catch (error) {
    if (dryRun === "none")
      await world.stderr.write(`Function ${trigger.metadata.name} was created, its schedule was not.\n`);
    throw error;
  }
}
