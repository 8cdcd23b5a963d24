import type { Fault } from "../errors.ts";
import type { Draft } from "../kinds/resource.ts";
import type { Strategy } from "../kinds/strategy.ts";
import { type Cluster, nowText } from "../pipeline/cluster.ts";
import { wrong } from "../pipeline/metadata.ts";
import { cleanupFinalizer } from "./cleanup.ts";
import { type Definition, toResource } from "./definition.ts";
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

/** Serves what a stored CRD describes. */
export function serve(object: Draft, cluster: Pick<Cluster, "registry" | "schemas">): void {
  cluster.registry.put(toResource(definitionOf(object), cluster.schemas));
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
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: "True",
    lastTransitionTime: nowText(cluster.clock),
    reason,
    message,
  });
  definition.status = {
    conditions: before?.status?.conditions ?? [
      condition("NamesAccepted", "NoConflicts", "no conflicts found"),
      condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ],
    acceptedNames: names,
    storedVersions: [...stored],
  };
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
  for (const { metadata } of cluster.store.list(id)) {
    cluster.store.remove(
      id,
      metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`,
    );
  }
  cluster.registry.remove(id);
  cluster.store.forget(id);
}
