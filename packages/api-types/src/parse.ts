import { z } from "zod";
import type { CustomResourceDefinition } from "./crd.ts";
import { API_VERSION } from "./names.ts";
import { SUBDOMAIN_PATTERN } from "./naming-rules.ts";
import { withoutNulls } from "./null-fields.ts";
import type { ResourceDeclaration } from "./resource.ts";
import { createRuleChecker } from "./rule-checker.ts";
import type { StructuralSchema } from "./structural-schema.ts";
import { describeIssue } from "./zod-issue.ts";

/** One thing that is wrong with an object. */
export interface Fault {
  /** Where: `spec.delivery.retry.maxAttempts`, `spec.connection.brokers[0]`. */
  readonly path: string;
  /** What to write instead. */
  readonly message: string;
}

export type ParseResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const metadataSchema = z.looseObject({
  name: z.string().refine((name) => name.length <= 253 && SUBDOMAIN_PATTERN.test(name), {
    message: "write lower-case letters, digits, - and ., at most 253 characters, e.g. hello",
  }),
});

/** Reads objects of one kind. Faults of all rules are reported together, each once. */
export function createParser<T>(
  { kind, spec, status }: ResourceDeclaration,
  crd: () => CustomResourceDefinition,
): (object: unknown) => ParseResult<T> {
  const schema = z.object({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(kind),
    metadata: metadataSchema,
    spec,
    status: status.optional(),
  });
  let check: ((object: unknown) => readonly Fault[]) | undefined;
  return (given) => {
    const structural = rootOf(crd());
    const object = withoutNulls(given, structural);
    check ??= createRuleChecker(named(structural));
    const parsed = schema.safeParse(object, { reportInput: true });
    const faults = [
      ...(parsed.error?.issues ?? []).map((issue) => describeIssue(issue, structural)),
      ...check(object),
    ];
    if (!parsed.success || faults.length > 0) return { ok: false, faults };
    return { ok: true, value: parsed.data as T };
  };
}

/** The faults as one text for people: a line each. */
export function formatFaults(faults: readonly Fault[]): string {
  return faults.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("\n");
}

/** Rules on names are for objects that have one; whether it is there is the schema's to say. */
function named(root: StructuralSchema): StructuralSchema {
  const metadata = { ...root.properties?.metadata, required: ["name"] };
  return {
    ...root,
    required: [...(root.required ?? []), "metadata"],
    properties: { ...root.properties, metadata },
  };
}

function rootOf({ spec }: CustomResourceDefinition): StructuralSchema {
  const [version] = spec.versions;
  return version?.schema.openAPIV3Schema ?? {};
}
