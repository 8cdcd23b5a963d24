import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type CronJobTriggerStatus, concurrencyPolicies } from "@kubeless/api-types";
import { CORE_SCHEMA, load } from "js-yaml";
import type { Flags } from "../../command.ts";
import { completeCronJobTriggers, completeFunctions } from "../../completion/candidates.ts";
import { toError } from "../../errors.ts";
import { escapeTerminal } from "../../output/style.ts";
import { UsageError } from "../../parse.ts";
import { warnWithoutFunction } from "../../trigger/function-exists.ts";
import { checkTimes } from "../../trigger/schedule.ts";
import { defineTriggerCommands, present } from "../../trigger/trigger-commands.ts";
import type { TriggerObject } from "../../trigger/trigger-object.ts";
import type { World } from "../../world.ts";

const count = (description: string) => ({ type: "integer", min: 0, description }) as const;

const flags = {
  function: {
    type: "string",
    placeholder: "NAME",
    description: "The function that is called",
    complete: completeFunctions,
  },
  schedule: {
    type: "string",
    placeholder: "CRON",
    description: "When: five fields, or @hourly and the like",
  },
  payload: { type: "string", short: "p", placeholder: "JSON", description: "What is sent; null sends a GET" },
  "payload-from-file": {
    type: "string",
    short: "f",
    placeholder: "FILE",
    description: "What is sent, from a JSON or YAML file",
    complete: "files",
  },
  "time-zone": {
    type: "string",
    placeholder: "ZONE",
    description: "The schedule's zone, e.g. Europe/Berlin",
  },
  "concurrency-policy": {
    type: "string",
    choices: concurrencyPolicies,
    description: "What happens when the run before has not ended",
  },
  "starting-deadline-seconds": count("How late a run may still start"),
  "successful-jobs-history-limit": count("How many successful runs are kept"),
  "failed-jobs-history-limit": count("How many failed runs are kept"),
  "backoff-limit": count("How often a failed run is tried again"),
  suspend: { type: "boolean", description: "Start no runs; --suspend=false starts them again" },
} as const satisfies Flags;

export const cronJobCommands = defineTriggerCommands({
  kind: "cronjob",
  flags,
  required: ["function", "schedule"],
  examples: {
    create: [
      {
        what: "Every hour, with a payload",
        line: `kubeless trigger cronjob create tidy --function tidy --schedule @hourly --payload '{"days": 30}'`,
      },
    ],
    update: [{ what: "Pause", line: "kubeless trigger cronjob update tidy --suspend" }],
  },
  names: completeCronJobTriggers,
  change: async (before, given, { cluster, world }) => {
    checkTimes(given);
    if (given.function !== undefined) await warnWithoutFunction(given.function, { cluster, world });
    const { timeZone, ...spec }: TriggerObject["spec"] = {
      payload: null,
      ...before,
      ...present({
        "function-name": given.function,
        schedule: given.schedule,
        payload: await readPayload(given, world),
        timeZone: given["time-zone"],
        concurrencyPolicy: given["concurrency-policy"],
        startingDeadlineSeconds: given["starting-deadline-seconds"],
        successfulJobsHistoryLimit: given["successful-jobs-history-limit"],
        failedJobsHistoryLimit: given["failed-jobs-history-limit"],
        backoffLimit: given["backoff-limit"],
        suspend: given.suspend,
      }),
    };
    return timeZone ? { ...spec, timeZone } : spec;
  },
  columns: [
    { header: "SCHEDULE", cell: ({ spec }) => String(spec.schedule ?? "") },
    { header: "FUNCTION NAME", cell: ({ spec }) => String(spec["function-name"] ?? "") },
  ],
  details: [
    { header: "TIME ZONE", cell: ({ spec }) => String(spec.timeZone ?? "") },
    { header: "PAYLOAD", cell: ({ spec }) => headOf(JSON.stringify(spec.payload ?? null)) },
    { header: "CRONJOB", cell: ({ status }) => String(status?.cronJob ?? "") },
    { header: "LAST RUN", cell: describeLastRun },
    { header: "LAST SUCCESS", cell: ({ status }) => String(status?.lastSuccessfulTime ?? "") },
    { header: "NEXT RUN", cell: ({ status }) => String(status?.nextScheduleTime ?? "") },
  ],
});

/** `2026-01-01T03:00:00Z, Failed in 2 s: …` */
function describeLastRun({ status }: TriggerObject): string {
  const run = status?.lastRun as CronJobTriggerStatus["lastRun"];
  if (run === undefined) return "";
  const lasted = run.durationSeconds === undefined ? "" : ` in ${run.durationSeconds} s`;
  const why = run.message === undefined ? "" : `: ${headOf(escapeTerminal(run.message))}`;
  return `${run.startTime ?? run.job}, ${run.result}${lasted}${why}`;
}

function headOf(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}

interface PayloadFlags {
  readonly payload?: string | undefined;
  readonly "payload-from-file"?: string | undefined;
}

async function readPayload(
  { payload, "payload-from-file": file }: PayloadFlags,
  world: World,
): Promise<unknown> {
  if (payload !== undefined && file !== undefined)
    throw new UsageError("--payload and --payload-from-file exclude each other.");
  if (file !== undefined) return readPayloadFile(file, world);
  if (payload === undefined) return undefined;
  try {
    return refuseNonNumbers(JSON.parse(payload));
  } catch (error) {
    throw new UsageError(
      `--payload is not JSON (${(error as Error).message}); a text needs its quotes: '"text"'.`,
    );
  }
}

async function readPayloadFile(file: string, { workingDirectory }: World): Promise<unknown> {
  const bytes = await readFile(resolve(workingDirectory, file)).catch((error: Error) => {
    throw toError("SourceUnreadable", { source: file, cause: error.message }, { cause: error });
  });
  const isYaml = /\.ya?ml$/i.test(file);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    // With JSON's types only: a date stays the text it is.
    return refuseNonNumbers(isYaml ? load(text, { schema: CORE_SCHEMA }) : JSON.parse(text));
  } catch (error) {
    const details = { file, format: isYaml ? "YAML" : "JSON", cause: (error as Error).message };
    throw toError("PayloadInvalid", details, { cause: error });
  }
}

/** What is larger than any number, or none, would be written as null: for a whole payload that is another request. */
function refuseNonNumbers(payload: unknown): unknown {
  JSON.stringify(payload, (_, value) => {
    if (typeof value !== "number" || Number.isFinite(value)) return value;
    throw new Error(`${value} is no number that JSON has`);
  });
  return payload;
}
