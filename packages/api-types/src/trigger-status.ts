import { z } from "zod";
import { conditionsSchema } from "./conditions.ts";

const count = (description: string) => z.int().min(0).optional().meta({ description, format: "int64" });
const text = (description: string) => z.string().optional().meta({ description });
const time = (description: string) => z.string().optional().meta({ description, format: "date-time" });

export const observedGeneration = z
  .int()
  .optional()
  .meta({ description: "The metadata.generation this status is about.", format: "int64" });

const binding = z
  .object({
    function: z.string().meta({ description: "Name of the function." }),
    ready: z.boolean().optional().meta({ description: "Whether events reach this function now." }),
    reason: text("Why, as one word."),
    message: text("What happened and what to do next."),
    group: text("The consumer group, queue group or durable that its readers share."),
    guarantee: text("The guarantee that holds for this function."),
    ordering: text("The ordering that holds for this function."),
    lag: count("Events not yet finished, as the broker counts them."),
  })
  .meta({ description: "The trigger and one function." });

const replica = z
  .object({
    pod: z.string().meta({ description: "Name of the controller's pod." }),
    connected: z
      .boolean()
      .optional()
      .meta({ description: "Whether this replica has a connection to the broker." }),
    delivered: count("Events that functions took since the replica started."),
    failed: count("Events given up since the replica started."),
    deadLettered: count("Dead letters written since the replica started."),
    held: count("Positions held because there is nowhere to put a dead letter."),
    lastDeliveryTime: time("When a function last took an event."),
    message: text("What hinders this replica, if anything."),
    updateTime: time("When this entry was written."),
  })
  .meta({ description: "What one replica of the controller does for this trigger." });

/** Status of Kafka, NATS and Kinesis triggers. */
export const eventTriggerStatus = z
  .object({
    observedGeneration,
    conditions: conditionsSchema,
    bindings: z
      .array(binding)
      .optional()
      .meta({
        description: "One entry per function that the trigger calls; written by the controller's leader.",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["function"],
      }),
    replicas: z
      .array(replica)
      .optional()
      .meta({
        description: "One entry per replica of the controller; each writes its own.",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["pod"],
      }),
  })
  .meta({ description: "Does it work, and if not why." });

export type EventTriggerStatus = z.output<typeof eventTriggerStatus>;
export type BindingStatus = z.output<typeof binding>;
export type ReplicaStatus = z.output<typeof replica>;

/** `spec.suspend` of every trigger. */
export const suspendField = (effect: string) =>
  z
    .boolean()
    .default(false)
    .meta({ description: `Pause. ${effect}` });
