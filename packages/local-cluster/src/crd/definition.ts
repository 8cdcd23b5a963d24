import type { Fault } from "../errors.ts";
import type { BuiltinSchemas } from "../kinds/builtin-schemas.ts";
import { byPreference } from "../kinds/registry.ts";
import type { Column, Draft, Resource, ScalePaths, Version } from "../kinds/resource.ts";
import type { Schema } from "../kinds/schema.ts";
import { compileRules } from "../schema/cel.ts";

/** The parts of a CustomResourceDefinition that are read here. */
export interface Definition {
  metadata: Draft["metadata"];
  spec: {
    group: string;
    scope: "Namespaced" | "Cluster";
    names: {
      plural: string;
      singular?: string;
      kind: string;
      listKind?: string;
      shortNames?: string[];
      categories?: string[];
    };
    versions: DefinitionVersion[];
    conversion?: { strategy?: string };
    preserveUnknownFields?: boolean;
  };
  status?: {
    storedVersions?: string[];
    conditions?: DefinitionCondition[];
    acceptedNames?: Partial<Definition["spec"]["names"]>;
  };
}

export interface DefinitionCondition {
  type: string;
  status: string;
  reason: string;
  message: string;
  lastTransitionTime: string;
}

export interface DefinitionVersion {
  name: string;
  served: boolean;
  storage: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
  schema?: { openAPIV3Schema?: Schema };
  subresources?: { status?: object; scale?: ScalePaths };
  additionalPrinterColumns?: {
    name: string;
    type: string;
    jsonPath: string;
    format?: string;
    description?: string;
    priority?: number;
  }[];
  selectableFields?: { jsonPath: string }[];
}

/** The resource a CRD describes. */
export function toResource(definition: Definition, schemas: BuiltinSchemas): Resource {
  const { group, names, scope, versions } = definition.spec;
  const id = `${names.plural}.${group}`;
  return {
    id,
    group,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: scope === "Namespaced",
    storageVersion: versions.find(({ storage }) => storage)?.name ?? "",
    custom: true,
    storedAs: id,
    versions: versions
      .map((version) => toVersion(version, definition, schemas))
      .sort((a, b) => byPreference(a.name, b.name)),
  };
}

function toVersion(version: DefinitionVersion, definition: Definition, schemas: BuiltinSchemas): Version {
  const schema = rootSchema(version.schema?.openAPIV3Schema ?? {}, schemas);
  const warning =
    version.deprecationWarning ??
    `${definition.spec.group}/${version.name} ${definition.spec.names.kind} is deprecated`;
  return {
    name: version.name,
    served: version.served,
    schema,
    columns: toColumns(version),
    rules: compileRules(schema, "").rules,
    hasStatus: version.subresources?.status !== undefined,
    ...(version.subresources?.scale === undefined ? {} : { scale: version.subresources.scale }),
    selectableFields: (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath.replace(/^\./, "")),
    ...(version.deprecated === true ? { deprecation: warning } : {}),
  };
}

/** apiVersion, kind and metadata are every object's; what the CRD says of metadata narrows its name only. */
function rootSchema(schema: Schema, schemas: BuiltinSchemas): Schema {
  const meta = schemas.get("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta") ?? {};
  const own = schema.properties?.metadata;
  const metadata: Schema =
    own?.properties === undefined
      ? { $ref: meta }
      : { ...meta, properties: { ...meta.properties, ...own.properties } };
  const text: Schema = { type: "string" };
  return { ...schema, properties: { ...schema.properties, apiVersion: text, kind: text, metadata } };
}

const nameColumn: Column = {
  name: "Name",
  type: "string",
  format: "name",
  description: "Name must be unique within a namespace.",
  priority: 0,
};
const ageColumn: Column = {
  name: "Age",
  type: "date",
  format: "",
  description: "When the object was created.",
  priority: 0,
  jsonPath: ".metadata.creationTimestamp",
};

function toColumns(version: DefinitionVersion): Column[] {
  const own = (version.additionalPrinterColumns ?? []).map((column) => ({
    name: column.name,
    type: column.type,
    format: column.format ?? "",
    description:
      column.description ?? `Custom resource definition column (in JSONPath format): ${column.jsonPath}`,
    priority: column.priority ?? 0,
    jsonPath: column.jsonPath,
  }));
  return [nameColumn, ...(own.length === 0 ? [ageColumn] : own)];
}

/** Faults of every version's rules. */
export function ruleFaults(definition: Definition, schemas: BuiltinSchemas): Fault[] {
  return definition.spec.versions.flatMap((version, index) => {
    const schema = rootSchema(version.schema?.openAPIV3Schema ?? {}, schemas);
    return compileRules(schema, schemaPath(definition, index)).faults;
  });
}

/** Where faults of a version's schema are said to be: upstream keeps the schema of a single version apart. */
export function schemaPath({ spec }: Definition, index: number): string {
  return spec.versions.length === 1
    ? "spec.validation.openAPIV3Schema"
    : `spec.versions[${index}].schema.openAPIV3Schema`;
}
