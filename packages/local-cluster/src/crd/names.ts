import * as check from "../kinds/constraints/checks.ts";
import type { Check, Rule } from "../kinds/constraints/rule.ts";
import { isJson } from "../schema/prune.ts";

const among =
  (...values: readonly string[]): Check =>
  (value) =>
    typeof value === "string" && !values.includes(value)
      ? check.invalid(value, `must be one of ${values.join(",")}`)
      : undefined;

const startsWith =
  (start: string, words: string): Check =>
  (value) =>
    typeof value === "string" && value !== "" && !value.startsWith(start)
      ? check.invalid(value, words)
      : undefined;

const onlyOfWebhooks: Check = (value) =>
  isJson(value) && value.strategy !== "Webhook" && value.webhook !== undefined
    ? check.forbidden("should not be set when strategy is not set to Webhook", ".conversionReviewVersions")
    : undefined;

/** What holds of a definition beside its schemas. */
export const definitionRules: readonly Rule[] = [
  ["spec.scope", check.oneOf("Cluster", "Namespaced")],
  ["spec.names.plural|singular", check.serviceName],
  ["spec.names", check.has("plural"), check.has("kind")],
  ["spec.names.shortNames|categories[]", check.givenServiceName],
  ["spec.names.kind|listKind", kindName],
  ["spec.conversion.strategy", check.oneOf("None", "Webhook")],
  ["spec.versions[].name", check.givenServiceName],
  ["spec.conversion", onlyOfWebhooks],
  [
    "spec.versions[].deprecationWarning",
    (value, version) =>
      version.deprecated === true
        ? undefined
        : check.invalid(value, "can only be set for deprecated versions"),
  ],
];

const labelPath: Check = (value, parent) =>
  startsWith(".", "must be a simple json path starting with .")(value, parent) ??
  (typeof value === "string" && value !== "" && !/^\.(?:spec|status)\./.test(value)
    ? check.invalid(value, "should be a json path under either .status or .spec")
    : undefined);

/** What holds of a version's columns and subresources: upstream keeps those of a single version at its spec. */
export const versionRules: readonly Rule[] = [
  ["additionalPrinterColumns[]", check.has("name"), check.has("type")],
  ["additionalPrinterColumns[].type", among("boolean", "date", "integer", "number", "string")],
  [
    "additionalPrinterColumns[].format",
    among("byte", "date", "date-time", "double", "float", "int32", "int64", "password"),
  ],
  [
    "additionalPrinterColumns[].jsonPath",
    check.notEmpty(),
    startsWith(".", "must be a simple json path starting with ."),
  ],
  ["subresources.scale", check.has("specReplicasPath"), check.has("statusReplicasPath")],
  ["subresources.scale.labelSelectorPath", labelPath],
  ["subresources.scale.specReplicasPath", startsWith(".spec.", "should be a json path under .spec")],
  ["subresources.scale.statusReplicasPath", startsWith(".status.", "should be a json path under .status")],
];

function kindName(value: unknown, parent: Parameters<Check>[1]) {
  const problem = check.serviceName(String(value).toLowerCase(), parent);
  return problem === undefined
    ? undefined
    : { ...problem, message: problem.message.replace(/"[^"]*"/, JSON.stringify(value)) };
}
