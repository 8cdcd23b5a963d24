import type { FunctionObject, FunctionSelector } from "@kubeless/api-types";
import type { Live } from "@kubeless/controller-kit";
import type { TriggerSpec } from "./trigger-kind.ts";

/** Whether a trigger of this spec calls that function (of its own namespace, which is the caller's to see to). */
export function selects(spec: TriggerSpec, { metadata }: Live<FunctionObject>): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  if (spec["function-name"] !== undefined) return spec["function-name"] === metadata.name;
  return spec.functionSelector !== undefined && matches(spec.functionSelector, metadata.labels ?? {});
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
function matches(selector: FunctionSelector, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([label, value]) => labels[label] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      const value = labels[key];
      if (operator === "Exists") return value !== undefined;
      if (operator === "DoesNotExist") return value === undefined;
      const isIn = value !== undefined && values.includes(value);
      return operator === "In" ? isIn : !isIn;
    })
  );
}
