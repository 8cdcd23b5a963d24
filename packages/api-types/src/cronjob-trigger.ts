import { z } from "zod";
import { conditionsSchema } from "./conditions.ts";
import { optionalText, requiredText, wholeNumber } from "./fields.ts";
import { functionNameRules, MAX_CRON_TRIGGER_NAME_LENGTH } from "./naming-rules.ts";
import { defineResource, type ObjectOf } from "./resource.ts";
import { observedGeneration, suspendField } from "./trigger-status.ts";

const plain = "[0-9*?/,-]";
const caseless = (words: string) =>
  words
    .split(" ")
    .map((word) => word.replaceAll(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`))
    .join("|");
const month = `(${plain}|${caseless("jan feb mar apr may jun jul aug sep oct nov dec")})+`;
const weekday = `(${plain}|${caseless("sun mon tue wed thu fri sat")})+`;
const fiveFields = `\\\\s*${plain}+\\\\s+${plain}+\\\\s+${plain}+\\\\s+${month}\\\\s+${weekday}\\\\s*`;
const macros =
  "@(yearly|annually|monthly|weekly|daily|midnight|hourly)|@every [0-9.]+(ns|us|ms|s|m|h)([0-9.]+(ns|us|ms|s|m|h))*";

export const concurrencyPolicies = ["Allow", "Forbid", "Replace"] as const;

export const cronJobTriggerSpec = z
  .object({
    "function-name": requiredText("The Function that is called.", {
      maxLength: 253,
      examples: ["hello"],
      rules: functionNameRules(),
    }),
    schedule: requiredText("When: five cron fields, or @hourly, @daily, @weekly, @monthly, @yearly.", {
      maxLength: 256,
      examples: ["*/5 * * * *", "@hourly"],
      rules: [
        {
          rule: `self.matches('^(${fiveFields}|${macros})$')`,
          message:
            "write five cron fields (minute, hour, day, month, weekday), e.g. */5 * * * *, or @hourly and the like; the zone goes into timeZone",
        },
      ],
    }),
    payload: z.unknown().optional().meta({
      description: "JSON that is posted to the function. Absent or null: a GET without a body.",
      nullable: true,
    }),
    timeZone: optionalText("Zone of the schedule, from the IANA database. Default: the cluster's.", {
      maxLength: 64,
      examples: ["Europe/Berlin", "Etc/UTC"],
      rules: [
        {
          rule: "self.matches('^[A-Za-z][-A-Za-z0-9_+]*(/[-A-Za-z0-9_+]+)*$') && !self.matches('^[Ll][Oo][Cc][Aa][Ll]$')",
          message: "write a zone of the IANA database, e.g. Europe/Berlin or Etc/UTC",
        },
      ],
    }),
    concurrencyPolicy: z.enum(concurrencyPolicies).default("Allow").meta({
      description: "When a run is due and the last one is not over: Allow (default), Forbid or Replace.",
    }),
    startingDeadlineSeconds: wholeNumber(
      "Seconds after which a run that could not start is given up. Default 100: what was missed longer ago is not made up.",
      0,
    ).optional(),
    successfulJobsHistoryLimit: wholeNumber("Successful runs that are kept. Default 3.", 0).default(3),
    failedJobsHistoryLimit: wholeNumber("Failed runs that are kept. Default 1.", 0).default(1),
    backoffLimit: wholeNumber("How often a failed run is repeated. Default 0.", 0).default(0),
    suspend: suspendField("No run starts."),
  })
  .meta({ description: "When the function is called, and with what." });

const time = (description: string) => z.string().optional().meta({ description, format: "date-time" });

export const cronJobTriggerStatus = z
  .object({
    observedGeneration,
    conditions: conditionsSchema,
    cronJob: z.string().optional().meta({ description: "Name of the CronJob." }),
    lastScheduleTime: time("When a run last started."),
    lastSuccessfulTime: time("When a run last succeeded."),
    nextScheduleTime: time("When the next run is due."),
    lastRun: z
      .object({
        job: z.string().meta({ description: "Name of the Job." }),
        result: z.enum(["Succeeded", "Failed"]).meta({ description: "How it ended." }),
        startTime: time("When it started."),
        durationSeconds: wholeNumber("How long it took.", 0).optional(),
        message: z.string().optional().meta({ description: "Why it failed: the last words of its pod." }),
      })
      .optional()
      .meta({ description: "The last run that is over." }),
    active: z.int().min(0).optional().meta({ description: "Runs under way.", format: "int32" }),
  })
  .meta({ description: "Does it work, and if not why." });

export const cronJobTriggerResource = defineResource({
  kind: "CronJobTrigger",
  plural: "cronjobtriggers",
  shortNames: ["cjt"],
  description: "Calls a function on a schedule, by a CronJob.",
  spec: cronJobTriggerSpec,
  status: cronJobTriggerStatus,
  nameRules: [
    {
      rule: `size(self.metadata.name) <= ${MAX_CRON_TRIGGER_NAME_LENGTH}`,
      fieldPath: ".metadata.name",
      message: `write at most ${MAX_CRON_TRIGGER_NAME_LENGTH} characters: the CronJob is called trigger-<name>`,
    },
  ],
  columns: [
    { name: "Schedule", jsonPath: ".spec.schedule" },
    { name: "Function", jsonPath: ".spec.function-name" },
    { name: "Last run", type: "date", jsonPath: ".status.lastScheduleTime" },
    { name: "Result", jsonPath: ".status.lastRun.result" },
  ],
});

export type CronJobTriggerSpec = z.output<typeof cronJobTriggerSpec>;
export type CronJobTriggerSpecInput = z.input<typeof cronJobTriggerSpec>;
export type CronJobTriggerStatus = z.output<typeof cronJobTriggerStatus>;
export type CronJobTrigger = ObjectOf<typeof cronJobTriggerResource>;
