import { StatusError } from "../../errors.ts";
import type { Json } from "../../schema/prune.ts";
import type { Draft } from "../resource.ts";

/** The classes that every Kubernetes has; others are not served here. */
const priorities: Readonly<Record<string, number>> = {
  "": 0,
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
};
const preemption = "PreemptLowerPriority";

/** Gives a new pod the priority of its class. Throws Forbidden for a class that is not there, and a pod that knows better. */
export function admitClasses({ metadata }: Draft, spec: Json): void {
  const refuse = (why: string) => {
    throw new StatusError("Forbidden", `pods ${JSON.stringify(metadata.name)} is forbidden: ${why}`, {
      name: metadata.name,
      kind: "pods",
    });
  };
  if (spec.runtimeClassName !== undefined)
    refuse(`pod rejected: RuntimeClass ${JSON.stringify(spec.runtimeClassName)} not found`);
  const name = String(spec.priorityClassName ?? "");
  const priority = priorities[name];
  if (priority === undefined) refuse(`no PriorityClass with name ${name} was found`);
  if (spec.priority !== undefined && spec.priority !== priority)
    refuse(
      `the integer value of priority (${String(spec.priority)}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`,
    );
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemption)
    refuse(
      `the string value of PreemptionPolicy (${String(spec.preemptionPolicy)}) must not be provided in pod spec; priority admission controller computed ${preemption} from the given PriorityClass name`,
    );
  spec.priority = priority;
  spec.preemptionPolicy = preemption;
}
