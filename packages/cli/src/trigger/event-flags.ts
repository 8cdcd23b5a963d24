import { guarantees, orderings } from "@kubeless/api-types";
import type { Flags } from "../command.ts";
import { present } from "./trigger-commands.ts";

/** What every trigger that reads a broker can be told about delivery. */
export const deliveryFlags = {
  guarantee: { type: "string", choices: guarantees, description: "Whether a failed event is tried again" },
  ordering: { type: "string", choices: orderings, description: "What order is kept within" },
  "max-in-flight": {
    type: "integer",
    min: 1,
    description: "How many events are under way per function and replica",
  },
  "max-attempts": { type: "integer", min: 1, description: "How often an event is tried, with atLeastOnce" },
  "dead-letter": {
    type: "string",
    placeholder: "NAME",
    description: "The topic, subject or stream for events that were given up, with atLeastOnce",
  },
  filter: {
    type: "string",
    placeholder: "CEL",
    description: "Only events for which this is true, over headers, key and data",
  },
  suspend: { type: "boolean", description: "Stop reading; --suspend=false goes on" },
} as const satisfies Flags;

interface DeliveryFlagValues {
  readonly guarantee?: string | undefined;
  readonly ordering?: string | undefined;
  readonly "max-in-flight"?: number | undefined;
  readonly "max-attempts"?: number | undefined;
  readonly "dead-letter"?: string | undefined;
  readonly filter?: string | undefined;
  readonly suspend?: boolean | undefined;
}

/** The spec's `delivery`, `filter` and `suspend` with what was given; `deadLetter` is what the kind calls its place. */
export function changeDelivery(
  before: Readonly<Record<string, unknown>>,
  given: DeliveryFlagValues,
  deadLetter: "topic" | "subject" | "stream",
): Record<string, unknown> {
  const { retry, ...delivery } = (before.delivery ?? {}) as { retry?: object };
  const attempts = given["max-attempts"];
  const place = given["dead-letter"];
  const changed = {
    ...delivery,
    ...present({
      guarantee: given.guarantee,
      ordering: given.ordering,
      maxInFlight: given["max-in-flight"],
      retry: attempts === undefined ? retry : { ...retry, maxAttempts: attempts },
      deadLetter: place === undefined ? undefined : { [deadLetter]: place },
    }),
  };
  return present({
    delivery: Object.keys(changed).length === 0 ? undefined : changed,
    filter: given.filter,
    suspend: given.suspend,
  });
}
