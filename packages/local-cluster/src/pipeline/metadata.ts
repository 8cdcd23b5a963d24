import { randomBytes, randomUUID } from "node:crypto";
import type { Fault } from "../errors.ts";
import type { Draft, Resource } from "../kinds/resource.ts";
import { isEqual } from "../patch/json-patch.ts";

const alphabet = "bcdfghjklmnpqrstvwxz2456789";

/** `name`, or `generateName` with five random letters. */
export function generatedName(draft: Draft): string {
  if (draft.metadata.name) return draft.metadata.name;
  const prefix = draft.metadata.generateName?.slice(0, 58);
  return prefix ? prefix + randomLetters(5) : "";
}

export function randomLetters(count: number): string {
  return [...randomBytes(count)].map((byte) => alphabet[byte % alphabet.length]).join("");
}

export function newUid(): string {
  return randomUUID();
}

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
export const nameRules = {
  subdomain: {
    test: new RegExp(`^${label}(\\.${label})*$`),
    limit: 253,
    words:
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end " +
      `with an alphanumeric character (e.g. 'example.com', regex used for validation is '${label}(\\.${label})*')`,
  },
  label: {
    test: new RegExp(`^${label}$`),
    limit: 63,
    words:
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an " +
      `alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${label}')`,
  },
  service: {
    test: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    limit: 63,
    words:
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end " +
      "with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
  },
} as const;

export function nameFaults(resource: Resource, draft: Draft): Fault[] {
  const { name, generateName } = draft.metadata;
  if (!name)
    return [
      {
        reason: "FieldValueRequired",
        field: "metadata.name",
        message:
          generateName === undefined ? "Required value: name or generateName is required" : "Required value",
      },
    ];
  if (hasFreeNames(resource)) {
    const words = segmentProblem(name);
    return words === undefined ? [] : [wrong("metadata.name", name, words)];
  }
  const rule = ruleOf(resource);
  if (name.length > rule.limit)
    return [wrong("metadata.name", name, `must be no more than ${rule.limit} characters`)];
  return rule.test.test(name) ? [] : [wrong("metadata.name", name, rule.words)];
}

/** What keeps a name from being a part of a path. */
export function segmentProblem(name: string): string | undefined {
  if (name === "." || name === "..") return `may not be '${name}'`;
  const bad = ["/", "%"].find((sign) => name.includes(sign));
  return bad === undefined ? undefined : `may not contain '${bad}'`;
}

/** A prefix may end with what only a whole name may not: its last dash. */
export function prefixFaults(resource: Resource, { metadata }: Draft): Fault[] {
  const { generateName = "", generation = 0 } = metadata;
  const faults: Fault[] = [];
  const stem = generateName.replace(/-$/, "a");
  if (generateName !== "" && !hasFreeNames(resource)) {
    const rule = ruleOf(resource);
    if (!rule.test.test(stem)) faults.push(wrong("metadata.generateName", generateName, rule.words));
  }
  if (generation < 0)
    faults.push(wrong("metadata.generation", generation, "must be greater than or equal to 0"));
  return faults;
}

/** What a write may not set: the time of an object's end is the server's to say. */
export function endingFaults(draft: Draft, before: Draft): Fault[] {
  const fields = ["deletionTimestamp", "deletionGracePeriodSeconds"] as const;
  return fields
    .filter(
      (field) => draft.metadata[field] !== undefined && draft.metadata[field] !== before.metadata[field],
    )
    .map((field) => wrong(`metadata.${field}`, draft.metadata[field], "field is immutable"));
}

function hasFreeNames({ group, id }: Resource): boolean {
  return group === "rbac.authorization.k8s.io" || group === "policy" || id === "events";
}

function ruleOf({ id }: Resource) {
  if (id === "services") return nameRules.service;
  return id === "namespaces" ? nameRules.label : nameRules.subdomain;
}

const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const qualifiedWords =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
  "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const keyWords =
  "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
  "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') " +
  "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
const valueWords =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
  "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

export function metadataFaults(draft: Draft): Fault[] {
  const { labels = {}, annotations = {}, ownerReferences = [], finalizers = [] } = draft.metadata;
  return [
    ...labelFaults(labels, "metadata.labels"),
    ...annotationFaults(annotations, "metadata.annotations"),
    ...ownerReferences.flatMap((owner) =>
      (["apiVersion", "kind", "name", "uid"] as const)
        .filter((field) => !owner[field])
        .map((field) =>
          wrong(`metadata.ownerReferences.${field}`, "", emptyWords[field] ?? "must not be empty"),
        ),
    ),
    ...ownerFaults(ownerReferences),
    ...finalizers.flatMap((finalizer) => keyFaults(finalizer, "metadata.finalizers", finalizer)),
  ];
}

export function annotationFaults(annotations: Readonly<Record<string, string>>, field: string): Fault[] {
  const keys = Object.keys(annotations);
  return [
    ...keys.flatMap((key) => keyFaults(key.toLowerCase(), field, key)),
    ...sizeFaults(annotations, field),
  ];
}

const emptyWords: Readonly<Record<string, string>> = { apiVersion: "version must not be empty" };

const standardFinalizers = [
  "kubernetes",
  "orphan",
  "foregroundDeletion",
  "customresourcecleanup.apiextensions.k8s.io",
];

/** Built-in kinds that any finalizer may hold. */
const plainMetadata = new Set(["events", "leases.coordination.k8s.io", "poddisruptionbudgets.policy"]);

/** Objects of the core's kinds are held only by what has a domain. */
export function finalizerFaults({ id }: Resource, { metadata }: Draft, before: Draft | undefined): Fault[] {
  if (plainMetadata.has(id)) return [];
  const known = new Set(before?.metadata.finalizers);
  return (metadata.finalizers ?? []).flatMap((finalizer, index) =>
    known.has(finalizer) ? [] : domainFaults(finalizer, `metadata.finalizers[${index}]`),
  );
}

/** What is wrong with the names of those that hold a namespace. */
export function namedFinalizerFaults(finalizers: readonly string[], field: string): Fault[] {
  return finalizers.flatMap((finalizer) => [
    ...keyFaults(finalizer, field, finalizer),
    ...domainFaults(finalizer, field),
  ]);
}

function domainFaults(finalizer: string, field: string): Fault[] {
  const words = "name is neither a standard finalizer name nor is it fully qualified";
  return finalizer.includes("/") || standardFinalizers.includes(finalizer)
    ? []
    : [wrong(field, finalizer, words)];
}

/** Takes out, in place, owners that are named twice in the same words; returns their uids. */
export function dropDoubleOwners({ metadata }: Draft): string[] {
  const owners = metadata.ownerReferences;
  if (!Array.isArray(owners) || owners.length < 2) return [];
  const isDouble = (owner: object, at: number) => owners.slice(0, at).some((other) => isEqual(owner, other));
  const double = owners.filter(isDouble).map(({ uid }) => uid);
  if (double.length > 0) metadata.ownerReferences = owners.filter((owner, at) => !isDouble(owner, at));
  return double;
}

function ownerFaults(
  owners: readonly { readonly controller?: boolean; readonly kind: string; readonly name: string }[],
): Fault[] {
  const [first, second] = owners.filter(({ controller }) => controller === true);
  if (first === undefined || second === undefined) return [];
  const found = `${first.kind}/${first.name} and ${second.kind}/${second.name}`;
  const words = `Only one reference can have Controller set to true. Found "true" in references for ${found}`;
  return [
    { reason: "FieldValueInvalid", field: "metadata.ownerReferences", message: `Invalid value: ${words}` },
  ];
}

export function labelFaults(labels: Readonly<Record<string, string>>, field: string): Fault[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...keyFaults(key, field, key),
    ...(value.length > 63 ? [wrong(field, value, "must be no more than 63 characters")] : []),
    ...(value === "" || qualifiedName.test(value) ? [] : [wrong(field, value, valueWords)]),
  ]);
}

function keyFaults(key: string, field: string, shown: string): Fault[] {
  return keyProblems(key).map((words) => wrong(field, shown, words));
}

/** What keeps a text from being a qualified name. */
export function keyProblems(key: string): string[] {
  const parts = key.split("/");
  const name = parts.at(-1) ?? "";
  const [prefix] = parts.slice(0, -1);
  if (parts.length > 2) return [keyWords];
  const words: string[] = [];
  if (prefix === "") words.push("prefix part must be non-empty");
  else if (prefix !== undefined && !nameRules.subdomain.test.test(prefix))
    words.push(`prefix part ${nameRules.subdomain.words}`);
  if (name === "") words.push("name part must be non-empty");
  else if (name.length > 63) words.push("name part must be no more than 63 bytes");
  if (!qualifiedName.test(name)) words.push(qualifiedWords);
  return words;
}

const annotationLimitBytes = 256 * 1024;

function sizeFaults(annotations: Readonly<Record<string, string>>, field: string): Fault[] {
  let size = 0;
  for (const [key, value] of Object.entries(annotations))
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  if (size <= annotationLimitBytes) return [];
  const message = `Too long: may not be more than ${annotationLimitBytes} bytes`;
  return [{ reason: "FieldValueTooLong", field, message }];
}

export function wrong(field: string, value: unknown, words: string): Fault {
  return { reason: "FieldValueInvalid", field, message: `Invalid value: ${JSON.stringify(value)}: ${words}` };
}

export function required(field: string, words?: string): Fault {
  return {
    reason: "FieldValueRequired",
    field,
    message: words === undefined ? "Required value" : `Required value: ${words}`,
  };
}

export function denied(field: string, words: string): Fault {
  return { reason: "FieldValueForbidden", field, message: `Forbidden: ${words}` };
}
