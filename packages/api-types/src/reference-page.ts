import { conditionTypes } from "./conditions.ts";
import { API_VERSION } from "./names.ts";
import { reasons } from "./reasons.ts";
import type { Resource } from "./resource.ts";
import type { Rule } from "./rule.ts";
import type { StructuralSchema } from "./structural-schema.ts";

const notice = "<!-- Generated from packages/api-types: change it there and run its generate script. -->";

/** One page in Markdown with every field of every kind. */
export function renderResourcePage(resources: readonly Resource[]): string {
  return [
    notice,
    "# Resources",
    `Every kind of \`${API_VERSION}\`, with every field that is ours. Fields marked \\* are required. \`kubectl explain\` shows the same.`,
    resources.map(({ kind }) => `- [${kind}](#${kind.toLowerCase()})`).join("\n"),
    ...resources.map(renderKind),
  ]
    .join("\n\n")
    .concat("\n");
}

/** One page in Markdown with every condition and every reason. */
export function renderConditionPage(): string {
  const types = Object.entries(conditionTypes).map(([kind, names]) => [kind, names.join(", ")]);
  const meanings = Object.entries(reasons).map(([reason, meaning]) => [reason, meaning]);
  return [
    notice,
    "# Conditions and reasons",
    "A condition that is True is good. `Ready` sums up the others; its message says what happened and what to do next.",
    alignTable([["kind", "conditions"], ...types]),
    "## Reasons",
    alignTable([["reason", "means"], ...meanings]),
  ]
    .join("\n\n")
    .concat("\n");
}

function renderKind(resource: Resource): string {
  const [version] = resource.crd().spec.versions;
  const root = version?.schema.openAPIV3Schema ?? {};
  const { shortNames } = resource;
  return [
    `## ${resource.kind}`,
    resource.description,
    `\`kubectl get ${resource.plural}\`, short ${shortNames.map((name) => `\`${name}\``).join(", ")}.`,
    table("spec", root.properties?.spec ?? {}),
    rulesOf(root, resource.kind),
    table("status", root.properties?.status ?? {}),
  ].join("\n\n");
}

function table(name: string, schema: StructuralSchema): string {
  return [`### ${name}`, "", alignTable([["field", "type", ""], ...rows(schema, "")])].join("\n");
}

function rows(schema: StructuralSchema, prefix: string): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const mark = schema.required?.includes(name) ? "\\*" : "";
    const inner = field.items ?? field;
    const below = field.items ? `${path}[].` : `${path}.`;
    return [[`\`${path}\`${mark}`, typeOf(field), cell(field.description)], ...rows(inner, below)];
  });
}

function typeOf({ type, items, enum: values, additionalProperties }: StructuralSchema): string {
  if (values !== undefined)
    return values
      .filter((value) => value !== null)
      .map((value) => `\`${value}\``)
      .join(" ");
  if (items !== undefined) return `list of ${typeOf(items)}`;
  if (additionalProperties !== undefined) return `map of ${typeOf(additionalProperties)}`;
  return type ?? "any JSON";
}

function rulesOf(root: StructuralSchema, kind: string): string {
  const rules = allRules(root, "").map(([path, message]) => `- \`${path}\`: ${message}`);
  return [`### Rules of ${kind}`, "", ...new Set(rules)].join("\n");
}

function allRules(schema: StructuralSchema, path: string): [string, string][] {
  const own = (schema["x-kubernetes-validations"] ?? []).map((rule: Rule): [string, string] => [
    `${path}${rule.fieldPath ?? ""}`.replace(/^\./, ""),
    rule.message,
  ]);
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    allRules(field, path === "" ? name : `${path}.${name}`),
  );
  const items = schema.items === undefined ? [] : allRules(schema.items, `${path}[]`);
  return [...own, ...fields, ...items];
}

function cell(description = ""): string {
  return description.replaceAll("|", "\\|");
}

/** A table whose columns are as wide as their widest cell, as the formatter of the house has it. */
function alignTable(table: readonly (readonly string[])[]): string {
  const widths = (table[0] ?? []).map((_title, at) =>
    Math.max(3, ...table.map((row) => (row[at] ?? "").length)),
  );
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, at) => (row[at] ?? "").padEnd(width)).join(" | ")} |`;
  const [title = [], ...rest] = table;
  return [line(title), line(widths.map((width) => "-".repeat(width))), ...rest.map(line)].join("\n");
}
