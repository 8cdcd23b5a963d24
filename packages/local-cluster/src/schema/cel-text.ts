import type { Fault } from "../errors.ts";
import { childSchema, type Schema, type ValidationRule } from "../kinds/schema.ts";

/** What is wrong with a rule before it is read as CEL. */
export function ruleTextFaults(rule: ValidationRule, schema: Schema, path: string): Fault[] {
  const { message, messageExpression, fieldPath } = rule;
  const faults: Fault[] = [];
  const required = (field: string, words: string) => {
    faults.push({
      reason: "FieldValueRequired",
      field: `${path}.${field}`,
      message: `Required value: ${words}`,
    });
  };
  const wrong = (field: string, value: string, words: string) => {
    const shown = `Invalid value: ${JSON.stringify(value)}: ${words}`;
    faults.push({ reason: "FieldValueInvalid", field: `${path}.${field}`, message: shown });
  };
  if (isBlank(rule.rule ?? "")) required("rule", "rule is not specified");
  if (message && isBlank(message)) wrong("message", message, "must be non-empty if specified");
  else if (message?.trim().includes("\n")) wrong("message", message, "must not contain line breaks");
  else if (!message && rule.rule?.trim().includes("\n"))
    required("message", "message must be specified if rule contains line breaks");
  if (messageExpression && isBlank(messageExpression))
    required("messageExpression", "messageExpression must be non-empty if specified");
  if (rule.reason !== undefined && !reasons.includes(rule.reason)) {
    const supported = reasons.map((reason) => JSON.stringify(reason)).join(", ");
    const message = `Unsupported value: ${JSON.stringify(rule.reason)}: supported values: ${supported}`;
    faults.push({ reason: "FieldValueNotSupported", field: `${path}.reason`, message });
  }
  if (fieldPath && !isPathIn(fieldPath, schema)) wrong("fieldPath", fieldPath, "must be a valid path");
  return faults;
}

const reasons = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

function isBlank(text: string): boolean {
  return text.trim() === "";
}

/** `.name` and `['name']`, of fields and of maps' entries. */
function isPathIn(text: string, schema: Schema): boolean {
  const steps = /\.([^.[\]'\s]+)|\['([^']*)'\]/y;
  let at: Schema | undefined = schema;
  while (steps.lastIndex < text.length) {
    const [, field, key] = steps.exec(text) ?? [];
    const name = field ?? key;
    at = name === undefined ? undefined : childSchema(at, name);
    if (at === undefined) return false;
  }
  return true;
}
