import { createObject, type WriteRequest } from "../objects.ts";
import { UsageError } from "../parse.ts";
import { newTrigger, triggerKinds } from "./trigger-object.ts";

const macros = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
const interval = /^@every ([0-9.]+(ns|us|ms|s|m|h))+$/;

/**
 * Catches what is plainly no schedule; ranges are checked where the CronJob is made.
 * @throws UsageError
 */
export function checkSchedule(schedule: string | undefined): void {
  if (schedule === undefined || macros.includes(schedule) || interval.test(schedule)) return;
  const fields = schedule.trim().split(/\s+/);
  if (fields.length === 5 && fields.every((field) => /^[\dA-Za-z*,/?LW#-]+$/.test(field))) return;
  throw new UsageError(
    `The schedule ${JSON.stringify(schedule)} is not five fields (minute hour day month weekday) or one of ${macros.join(", ")}, @every <duration>.`,
  );
}

/** The CronJobTrigger that `function deploy --schedule` makes: named as the function, without payload. */
export async function createSchedule(name: string, schedule: string, request: WriteRequest): Promise<void> {
  const spec = { "function-name": name, schedule, payload: null };
  const trigger = newTrigger("cronjob", request.cluster.namespace, name, spec);
  trigger.metadata.labels = { ...trigger.metadata.labels, function: name };
  if (request.dryRun === "client" && request.output !== "json") await request.world.stdout.write("---\n");
  const words = { kind: "CronJobTrigger", command: "kubeless trigger cronjob" };
  await createObject(triggerKinds.cronjob, trigger, words, request);
}
