import { isJson, type Json } from "../../schema/prune.ts";
import { parseQuantity } from "../../schema/quantity.ts";
import * as check from "./checks.ts";
import type { Check, Checks, Problem, Rule } from "./rule.ts";

const { forbidden, invalid, required, unsupported } = check;

interface Target extends Json {
  readonly type?: string;
  readonly averageUtilization?: number;
  readonly averageValue?: unknown;
  readonly value?: unknown;
}

/** By source, what its target must hold and may not. */
const wanted: Readonly<Record<string, (target: Target) => Problem | undefined>> = {
  ContainerResource: utilization,
  External: ({ value, averageValue }) => {
    if (value !== undefined && averageValue !== undefined)
      return forbidden("may not set both a target value for metric and a per-pod target", ".value");
    return value === undefined && averageValue === undefined
      ? required("must set either a target value for metric or a per-pod target", ".averageValue")
      : undefined;
  },
  Object: ({ value, averageValue }) =>
    value === undefined && averageValue === undefined
      ? required("must set either a target value or averageValue", ".averageValue")
      : undefined,
  Pods: ({ averageValue }) =>
    averageValue === undefined
      ? required("must specify a positive target averageValue", ".averageValue")
      : undefined,
  Resource: utilization,
};

function utilization({ averageUtilization, averageValue }: Target): Problem | undefined {
  if (averageUtilization === undefined && averageValue === undefined)
    return required("must set either a target raw value or a target utilization", ".averageUtilization");
  return averageUtilization !== undefined && averageValue !== undefined
    ? forbidden("may not set both a target raw value and a target utilization", ".averageValue")
    : undefined;
}

const sources = Object.keys(wanted);
const fieldOf = (source: string) => `${source.charAt(0).toLowerCase()}${source.slice(1)}`;

const metric: Checks = (value) => {
  const one = value as Json;
  const type = String(one.type ?? "");
  const others = sources.filter((source) => source !== type && one[fieldOf(source)] !== undefined);
  const own = fieldOf(type);
  return [
    ...(type === "" ? [required("must specify a metric source type", ".type")] : []),
    ...(sources.includes(type) ? [] : [unsupported(type, sources, ".type")]),
    ...(sources.includes(type) && one[own] === undefined
      ? [required("must populate information for the given metric source", `.${own}`)]
      : []),
    ...(sources.includes(type)
      ? others.map((other) => forbidden("must populate the given metric source only", `.${fieldOf(other)}`))
      : []),
  ];
};

const kinds = ["Utilization", "Value", "AverageValue"];

const target =
  (source: string): Checks =>
  (value) => {
    const { type = "", averageUtilization, ...rest } = value as Target;
    const amounts = (["value", "averageValue"] as const).filter((name) => rest[name] !== undefined);
    const missing = wanted[source]?.(value as Target);
    return [
      ...(type === "" ? [required("must specify a metric target type", ".type")] : []),
      ...(kinds.includes(type)
        ? []
        : [invalid(type, "must be either Utilization, Value, or AverageValue", ".type")]),
      ...(averageUtilization !== undefined && averageUtilization < 1
        ? [invalid(averageUtilization, "must be greater than 0", ".averageUtilization")]
        : []),
      ...amounts
        .filter((name) => (parseQuantity(String(rest[name])) ?? 1) <= 0)
        .map((name) => invalid(rest[name], "must be positive", `.${name}`)),
      ...(missing === undefined ? [] : [missing]),
    ];
  };

const metricName: Checks = (value, parent) => {
  const missing = check.has("name", "must specify a metric name")(value, parent);
  return missing === undefined
    ? check.beneath(".name", check.pathSegment((value as Json).name, parent))
    : [missing];
};

const group: Check = (value) => {
  const { apiVersion = "" } = value as Json;
  return /^[^/]+\/[^/]+$/.test(String(apiVersion))
    ? undefined
    : invalid(apiVersion, "apiVersion must specify API group", ".apiVersion");
};

/** Kept as a metric, and so is what is wrong with it. */
const share: Check = (spec) => {
  const percentage = isJson(spec) ? spec.targetCPUUtilizationPercentage : undefined;
  return typeof percentage === "number" && percentage < 1
    ? invalid(percentage, "must be greater than 0", ".metrics[0].resource.target.averageUtilization")
    : undefined;
};

const scaling = "spec.behavior.scaleUp|scaleDown";
const positive = "must be greater than zero";

/** What holds of a HorizontalPodAutoscaler beyond its schema. */
export const autoscalerRules: readonly Rule[] = [
  ["spec", share],
  ["spec.scaleTargetRef", check.reference("kind", "name"), group],
  ["spec.metrics[]", metric],
  ...sources.map((source): Rule => [`spec.metrics[].${fieldOf(source)}.target`, target(source)]),
  ["spec.metrics[].pods|object|external.metric", metricName],
  ["spec.metrics[].object.describedObject", check.reference("kind", "name")],
  ["spec.metrics[].resource|containerResource", check.has("name", "must specify a resource name")],
  ["spec.metrics[].containerResource", check.has("container", "must specify a container")],
  ["spec.metrics[].containerResource.container", check.label],
  ["spec.metrics[].containerResource.name", check.resourceName],
  [
    `${scaling}.stabilizationWindowSeconds`,
    check.atLeast(0, "must be greater than or equal to zero"),
    check.atMost(3600),
  ],
  [`${scaling}.policies`, check.notEmpty("must specify at least one Policy")],
  [`${scaling}.policies[].type`, check.oneOf("Percent", "Pods")],
  [`${scaling}.policies[].value`, check.atLeast(1, positive)],
  [`${scaling}.policies[].periodSeconds`, check.atLeast(1, positive), check.atMost(1800)],
  [`${scaling}.selectPolicy`, check.oneOf("Disabled", "Max", "Min")],
];
