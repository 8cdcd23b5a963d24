import { z } from "zod";

/** The condition types of each kind, `Ready` first. All are good when True. */
export const conditionTypes = {
  Function: [
    "Ready",
    "Accepted",
    "SourceReady",
    "DependenciesInstalled",
    "Deployed",
    "Serving",
    "Autoscaling",
  ],
  HTTPTrigger: ["Ready", "Accepted", "FunctionFound", "Published", "Admitted"],
  CronJobTrigger: ["Ready", "Accepted", "FunctionFound", "Scheduled", "LastRunSucceeded"],
  KafkaTrigger: ["Ready", "Accepted", "FunctionFound", "Connected", "Progressing", "DeadLetterWritable"],
  NATSTrigger: ["Ready", "Accepted", "FunctionFound", "Connected", "Progressing", "DeadLetterWritable"],
  KinesisTrigger: ["Ready", "Accepted", "FunctionFound", "Connected", "Progressing", "DeadLetterWritable"],
} as const;

export type Kind = keyof typeof conditionTypes;
export type ConditionType<K extends Kind = Kind> = (typeof conditionTypes)[K][number];

export const conditionSchema = z
  .object({
    type: z.string().meta({ description: "What this condition is about, in CamelCase." }),
    status: z
      .enum(["True", "False", "Unknown"])
      .meta({ description: "Whether it holds: True, False or Unknown. True is good for every type." }),
    reason: z.string().optional().meta({ description: "Why, as one stable CamelCase word." }),
    message: z
      .string()
      .optional()
      .meta({ description: "What happened and what to do next, in one sentence." }),
    lastTransitionTime: z
      .string()
      .optional()
      .meta({ description: "When status last changed.", format: "date-time" }),
    observedGeneration: z
      .int()
      .optional()
      .meta({ description: "The metadata.generation this was said about.", format: "int64" }),
  })
  .meta({ description: "One thing that is or is not the case, and why." });

/** A condition of one of our objects, as Kubernetes' API conventions have it. */
export type Condition = z.output<typeof conditionSchema>;

export const conditionsSchema = z
  .array(conditionSchema)
  .optional()
  .meta({
    description: "Does it work, and if not why: Ready, and what explains it.",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["type"],
  });
