import { randomBytes, randomUUID } from "node:crypto";
import { type Fault, invalid } from "../errors.ts";
import type { Draft, Resource } from "../kinds/resource.ts";

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
  if (resource.group === "rbac.authorization.k8s.io") {
    const bad = /[/%]/.test(name) || name === "." || name === "..";
    return bad ? [wrong("metadata.name", name, "may not contain '/' or '%'")] : [];
  }
  const rule =
    resource.id === "services"
      ? nameRules.service
      : resource.id === "namespaces"
        ? nameRules.label
        : nameRules.subdomain;
  if (name.length > rule.limit)
    return [wrong("metadata.name", name, `must be no more than ${rule.limit} characters`)];
  return rule.test.test(name) ? [] : [wrong("metadata.name", name, rule.words)];
}

export const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
export const qualifiedWords =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
  "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const valueWords =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
  "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

export function metadataFaults(draft: Draft): Fault[] {
  const { labels = {}, annotations = {}, ownerReferences = [], finalizers = [] } = draft.metadata;
  return [
    ...labelFaults(labels, "metadata.labels"),
    ...Object.keys(annotations).flatMap((key) => keyFaults(key.toLowerCase(), "metadata.annotations", key)),
    ...sizeFaults(annotations),
    ...ownerReferences.flatMap((owner, index) =>
      (["apiVersion", "kind", "name", "uid"] as const)
        .filter((field) => !owner[field])
        .map((field) =>
          wrong(`metadata.ownerReferences[${index}].${field}`, "", `${field} must not be empty`),
        ),
    ),
    ...ownerFaults(ownerReferences),
    ...finalizers.flatMap((finalizer) => keyFaults(finalizer, "metadata.finalizers", finalizer)),
  ];
}

const standardFinalizers = [
  "kubernetes",
  "orphan",
  "foregroundDeletion",
  "customresourcecleanup.apiextensions.k8s.io",
];

/** Objects of built-in kinds are held only by what has a domain. */
export function finalizerFaults({ metadata }: Draft, before: Draft | undefined): Fault[] {
  const words = "name is neither a standard finalizer name nor is it fully qualified";
  const known = new Set([...standardFinalizers, ...(before?.metadata.finalizers ?? [])]);
  return (metadata.finalizers ?? []).flatMap((finalizer, index) =>
    finalizer.includes("/") || known.has(finalizer)
      ? []
      : [wrong(`metadata.finalizers[${index}]`, finalizer, words)],
  );
}

function ownerFaults(owners: readonly { controller?: boolean }[]): Fault[] {
  if (owners.filter((owner) => owner.controller === true).length < 2) return [];
  const words = "Only one reference can have Controller set to true";
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
  const slash = key.indexOf("/");
  const [prefix, name] = slash < 0 ? [undefined, key] : [key.slice(0, slash), key.slice(slash + 1)];
  const faults: Fault[] = [];
  if (prefix !== undefined && !nameRules.subdomain.test.test(prefix))
    faults.push(wrong(field, shown, `prefix part ${nameRules.subdomain.words}`));
  if (name.length > 63) faults.push(wrong(field, shown, "name part must be no more than 63 characters"));
  else if (!qualifiedName.test(name))
    faults.push(wrong(field, shown, name === "" ? "name part must be non-empty" : qualifiedWords));
  return faults;
}

const annotationLimitBytes = 256 * 1024;

function sizeFaults(annotations: Readonly<Record<string, string>>): Fault[] {
  let size = 0;
  for (const [key, value] of Object.entries(annotations))
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  if (size <= annotationLimitBytes) return [];
  const message = `Too long: may not be more than ${annotationLimitBytes} bytes`;
  return [{ reason: "FieldValueTooLong", field: "metadata.annotations", message }];
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

/** Throws Invalid unless `name` may be a namespace's. */
export function assertNames(resource: Resource, draft: Draft): void {
  const faults = nameFaults(resource, draft);
  if (faults.length > 0) throw invalid(resource, draft.metadata.name ?? "", faults);
}
