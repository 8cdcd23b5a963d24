import type { Fault } from "../../errors.ts";
import { denied, required, wrong } from "../../pipeline/metadata.ts";
import type { Json } from "../../schema/prune.ts";

const counts = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
] as const;
/** What the job controller of this cluster does not do, and must not be asked to. */
const notServed = ["podFailurePolicy", "successPolicy", "backoffLimitPerIndex", "maxFailedIndexes"] as const;

/** What is wrong with the numbers and modes of a job's `spec`. */
export function jobFaults(spec: Json, path: string): Fault[] {
  const negative = counts.filter((name) => typeof spec[name] === "number" && spec[name] < 0);
  const faults = negative.map((name) =>
    wrong(`${path}.${name}`, spec[name], "must be greater than or equal to 0"),
  );
  if (spec.completionMode === "Indexed" && spec.completions === undefined) {
    faults.push(required(`${path}.completions`, "when completion mode is Indexed"));
  }
  const asked = notServed.filter((name) => spec[name] !== undefined);
  return [
    ...faults,
    ...asked.map((name) =>
      denied(`${path}.${name}`, "this cluster's job controller does not serve it; leave it out"),
    ),
  ];
}
