import { formatFaults } from "@kubeless/api-types";
import { compileFilter, type Filter } from "../delivery/filter.ts";
import type { Capabilities, EventSource } from "../source.ts";
import type { LiveTrigger, TriggerKind, TriggerSpec } from "./trigger-kind.ts";

/** A trigger that can be worked with. */
export interface TriggerPlan<Spec> {
  readonly spec: Spec;
  readonly capabilities: Capabilities;
  readonly filter: Filter | undefined;
}

export interface TriggerFault {
  readonly fault: true;
  readonly reason: "InvalidSpec" | "InvalidFilter" | "Unsupported";
  readonly message: string;
}

/** Understands a trigger; a fault says what its owner has to change. */
export function planTrigger<Spec extends TriggerSpec, Config>(
  kind: TriggerKind<Spec>,
  source: EventSource<Spec, Config>,
  object: LiveTrigger<Spec>,
): TriggerPlan<Spec> | TriggerFault {
  const parsed = kind.parse(object);
  if (!parsed.ok) return refuse("InvalidSpec", formatFaults(parsed.faults).replaceAll("\n", "; "));
  const { spec } = parsed.value;
  const capabilities = source.capabilities(spec);
  const lacking = findLacking(spec, capabilities);
  if (lacking !== undefined) return refuse("Unsupported", lacking);
  try {
    return {
      spec,
      capabilities,
      filter: spec.filter === undefined || spec.filter === "" ? undefined : compileFilter(spec.filter),
    };
  } catch (error) {
    return refuse("InvalidFilter", `spec.filter: ${(error as Error).message}`);
  }
}

export function isTriggerFault(planned: object): planned is TriggerFault {
  return "fault" in planned;
}

function findLacking({ delivery }: TriggerSpec, { guarantees, orderings }: Capabilities): string | undefined {
  if (!guarantees.includes(delivery.guarantee))
    return `spec.delivery.guarantee: this source cannot do ${delivery.guarantee}; write ${guarantees.join(" or ")}.`;
  if (!orderings.includes(delivery.ordering))
    return `spec.delivery.ordering: this source cannot keep order by ${delivery.ordering}; write ${orderings.join(" or ")}.`;
  return undefined;
}

function refuse(reason: TriggerFault["reason"], message: string): TriggerFault {
  return { fault: true, reason, message };
}
