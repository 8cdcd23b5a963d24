import type { Fault } from "../errors.ts";
import type { Draft } from "../kinds/resource.ts";
import type { Strategy } from "../kinds/strategy.ts";
import { type Cluster, nowText } from "../pipeline/cluster.ts";
import { wrong } from "../pipeline/metadata.ts";
import { type Acceptance, acceptNames } from "./accepted-names.ts";
import { cleanupFinalizer } from "./cleanup.ts";
import { type Definition, type DefinitionCondition, toResource } from "./definition.ts";
import { definitionFaults } from "./validation.ts";

/** A CRD is established by the write that makes it: discovery, OpenAPI and the resource follow at once. */
export const definitionStrategy: Strategy = {
  prepareCreate: (draft, cluster) => {
    draft.metadata.finalizers = [...new Set([...(draft.metadata.finalizers ?? []), cleanupFinalizer])];
    establish(definitionOf(draft), undefined, cluster);
  },
  prepareUpdate: (draft, before, cluster) => establish(definitionOf(draft), definitionOf(before), cluster),
  prepareDelete: (draft, cluster) => terminate(draft, definitionOf(draft), cluster),
  validate: (draft, cluster) => definitionFaults(definitionOf(draft), cluster.schemas),
  validateUpdate: (draft, before) => immutable(definitionOf(draft), definitionOf(before)),
  committed: (object, cluster) => serve(object, cluster),
  deleted: (object, cluster) => withdraw(definitionOf(object), cluster),
};

const definitions = "customresourcedefinitions.apiextensions.k8s.io";

/** Serves what a stored CRD describes, once its names are accepted. */
export function serve(object: Draft, cluster: Pick<Cluster, "registry" | "schemas">): void {
  const definition = definitionOf(object);
  if (isEstablished(definition)) cluster.registry.put(toResource(definition, cluster.schemas));
}

function definitionOf(draft: Draft): Definition {
  return draft as unknown as Definition;
}

function establish(definition: Definition, before: Definition | undefined, cluster: Cluster): void {
  complete(definition);
  const { names, versions } = definition.spec;
  names.singular ??= names.kind?.toLowerCase();
  names.listKind ??= `${names.kind}List`;
  const storage = versions?.find((version) => version.storage)?.name;
  const stored = new Set(before?.status?.storedVersions ?? []);
  if (storage !== undefined) stored.add(storage);
  const { names: acceptedNames, conflict } = acceptNames(
    { ...definition, ...statusOf(before) },
    definitionsOf(cluster),
  );
  definition.status = {
    conditions: conditionsOf(conflict, before?.status?.conditions ?? [], nowText(cluster.clock)),
    acceptedNames,
    storedVersions: [...stored],
  };
}

function statusOf(definition: Definition | undefined): Pick<Definition, "status"> {
  return definition?.status === undefined ? {} : { status: definition.status };
}

function definitionsOf({ store }: Cluster): Definition[] {
  return store.list(definitions) as unknown as Definition[];
}

/** A definition that was established stays so; one whose names are another's waits for them. */
function conditionsOf(
  conflict: Acceptance["conflict"],
  before: readonly DefinitionCondition[],
  now: string,
): DefinitionCondition[] {
  const accepted = { status: "True", reason: "NoConflicts", message: "no conflicts found" };
  const established = {
    status: "True",
    reason: "InitialNamesAccepted",
    message: "the initial names have been accepted",
  };
  const waiting = { status: "False", reason: "NotAccepted", message: "not all names are accepted" };
  const was = before.find(({ type }) => type === "Established");
  const wanted = [
    { type: "NamesAccepted", ...(conflict === undefined ? accepted : { status: "False", ...conflict }) },
    { type: "Established", ...(conflict === undefined || was?.status === "True" ? established : waiting) },
  ];
  const found = wanted.map((condition) => {
    const old = before.find(({ type }) => type === condition.type);
    return {
      ...condition,
      lastTransitionTime: old?.status === condition.status ? old.lastTransitionTime : now,
    };
  });
  return [...found, ...before.filter(({ type }) => type !== "NamesAccepted" && type !== "Established")];
}

/** Names that are free again are given to who waits for them. */
function reconsider(group: string, cluster: Cluster): void {
  for (const waiting of definitionsOf(cluster)) {
    if (waiting.spec.group !== group || isEstablished(waiting)) continue;
    const draft = structuredClone(waiting);
    establish(draft, waiting, cluster);
    if (!isEstablished(draft)) continue;
    serve(cluster.store.put(definitions, waiting.metadata.name, draft as never) as unknown as Draft, cluster);
  }
}

function isEstablished({ status }: Definition): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True") === true;
}

/** What is not there is empty, and refused for that. */
function complete({ spec }: Definition): void {
  spec.group ??= "";
  spec.names ??= { plural: "", kind: "" };
  spec.versions ??= [];
  for (const version of spec.versions) {
    version.served ??= false;
    version.storage ??= false;
  }
}

/** Says that the definition waits for its objects to go. */
function terminate(draft: Draft, { status }: Definition, cluster: Cluster): void {
  if (draft.metadata.deletionTimestamp !== undefined) return;
  const condition = {
    type: "Terminating",
    status: "True",
    lastTransitionTime: nowText(cluster.clock),
    reason: "InstanceDeletionInProgress",
    message: "CustomResource deletion is in progress",
  };
  draft.status = { ...status, conditions: [...(status?.conditions ?? []), condition] };
}

function immutable(definition: Definition, before: Definition): Fault[] {
  const names = definition.spec.versions.map(({ name }) => name);
  const faults = (before.status?.storedVersions ?? []).flatMap((name, index) => {
    const words = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    return names.includes(name) ? [] : [wrong(`status.storedVersions[${index}]`, name, words)];
  });
  const fields = [
    ["spec.group", definition.spec.group, before.spec.group],
    ["spec.scope", definition.spec.scope, before.spec.scope],
    ["spec.names.kind", definition.spec.names.kind, before.spec.names.kind],
    ["spec.names.plural", definition.spec.names.plural, before.spec.names.plural],
  ] as const;
  for (const [field, now, then] of fields) {
    if (now !== then)
      faults.push({
        reason: "FieldValueInvalid",
        field,
        message: `Invalid value: ${JSON.stringify(now)}: field is immutable`,
      });
  }
  return faults;
}

/** What is left of its objects goes with the definition: whoever took the finalizer off wanted it so. */
function withdraw(definition: Definition, cluster: Cluster): void {
  const id = `${definition.spec.names.plural}.${definition.spec.group}`;
  if (!isEstablished(definition)) return;
  for (const { metadata } of cluster.store.list(id)) {
    cluster.store.remove(
      id,
      metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`,
    );
  }
  cluster.registry.remove(id);
  cluster.store.forget(id);
  reconsider(definition.spec.group, cluster);
}
