import type { z } from "zod";
import { formatPath, schemaAt } from "./field-path.ts";
import type { Fault } from "./parse.ts";
import type { StructuralSchema } from "./structural-schema.ts";

const nouns: Record<string, string> = {
  string: "a string",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

/** What to write instead, from the schema's own issue and the field's description. */
export function describeIssue(issue: z.core.$ZodIssue, root: StructuralSchema): Fault {
  const field = schemaAt(root, issue.path);
  return { path: formatPath(issue.path), message: instead(issue, field) };
}

function instead(issue: z.core.$ZodIssue, field: StructuralSchema | undefined): string {
  const about = field?.description === undefined ? "" : ` (${firstSentence(field.description)})`;
  switch (issue.code) {
    case "invalid_type":
      return `${issue.input === undefined && issue.message.endsWith("undefined") ? "is missing: " : ""}write ${nouns[issue.expected] ?? issue.expected}${quoteHint(issue)}${about}`;
    case "invalid_value":
      return `write ${issue.values
        .map(String)
        .join(", ")
        .replace(/, ([^,]*)$/, " or $1")}`;
    case "too_small":
      return issue.origin === "array"
        ? `write at least ${issue.minimum} of them${about}`
        : `write a number of at least ${issue.minimum}${about}`;
    case "too_big":
      return issue.origin === "array"
        ? `write at most ${issue.maximum} of them${about}`
        : `write a number of at most ${issue.maximum}${about}`;
    default:
      return issue.message;
  }
}

function quoteHint(issue: z.core.$ZodIssueInvalidType): string {
  return issue.expected === "string" && /received (number|boolean)$/.test(issue.message)
    ? ` in quotes, e.g. "${issue.input}"`
    : "";
}

function firstSentence(text: string): string {
  return text.replace(/\.(\s.*)?$/s, "");
}
