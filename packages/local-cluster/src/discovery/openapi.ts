import { apiVersionOf, type Resource, type Version } from "../kinds/resource.ts";
import type { Schema } from "../kinds/schema.ts";
import type { Service } from "../request/context.ts";
import { servedGroups } from "./api-resources.ts";

type Texts = Record<string, Record<string, string>>;

/** The OpenAPI v3 document of one group version: what `kubectl explain`, `create` and `apply` read. */
export async function openApiDocument(service: Service, group: string, version: string): Promise<object> {
  const { default: texts } = await import("./descriptions.generated.json", { with: { type: "json" } });
  const components = createComponents(service, texts as Texts);
  const paths: Record<string, object> = {};
  for (const resource of service.registry.resources()) {
    const found =
      resource.group === group
        ? resource.versions.find((one) => one.name === version && one.served)
        : undefined;
    if (found !== undefined) Object.assign(paths, pathsOf(resource, found, components.root(resource, found)));
  }
  for (const one of servedGroups(service.registry)) {
    const named = one.group === group ? one.versions.find((each) => each.version === version) : undefined;
    for (const { kind } of named?.resources ?? []) components.builtinKind(group, version, kind);
  }
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: service.gitVersion },
    paths,
    components: { schemas: components.all() },
  };
}

function createComponents(service: Service, texts: Texts) {
  const names = new Map<Schema, string>([...service.cluster.schemas].map(([name, schema]) => [schema, name]));
  const written = new Map<string, object>();
  const use = (schema: Schema): string => {
    const name = names.get(schema) ?? "";
    if (!written.has(name)) {
      written.set(name, {});
      written.set(name, describe(write(schema, use), texts[name]));
    }
    return `#/components/schemas/${name}`;
  };
  return {
    /** The reference to a kind's schema, which is then part of the document. */
    root(resource: Resource, version: Version): string {
      const gvk = { group: resource.group, version: version.name, kind: resource.kind };
      const name = resource.custom ? customName(gvk) : (names.get(version.schema) ?? "");
      if (resource.custom) {
        names.set(version.schema, name);
      }
      use(version.schema);
      written.set(name, { ...written.get(name), "x-kubernetes-group-version-kind": [gvk] });
      return `#/components/schemas/${name}`;
    },
    builtinKind(group: string, version: string, kind: string): void {
      const folder = group === "" ? "core" : (group.split(".")[0] ?? "");
      const schema = service.cluster.schemas.get(`io.k8s.api.${folder}.${version}.${kind}`);
      if (schema !== undefined) use(schema);
    },
    all: () => Object.fromEntries([...written].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function customName({ group, version, kind }: { group: string; version: string; kind: string }): string {
  return `${group.split(".").reverse().join(".")}.${version}.${kind}`;
}

type Use = (schema: Schema) => string;

function write(schema: Schema, use: Use): Record<string, unknown> {
  const { $ref, properties, items, additionalProperties, ...rest } = schema;
  return {
    ...rest,
    ...($ref === undefined ? {} : { allOf: [{ $ref: use($ref) }] }),
    ...(items === undefined ? {} : { items: write(items, use) }),
    ...(typeof additionalProperties === "object"
      ? { additionalProperties: write(additionalProperties, use) }
      : additionalProperties === undefined
        ? {}
        : { additionalProperties }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, field]) => [name, write(field, use)]),
          ),
        }),
  };
}

function describe(schema: Record<string, unknown>, texts: Record<string, string> | undefined): object {
  const properties = schema.properties as Record<string, object> | undefined;
  if (texts === undefined) return schema;
  const fields = Object.entries(properties ?? {}).map(([name, field]) => [
    name,
    texts[name] === undefined ? field : { description: texts[name], ...field },
  ]);
  return {
    ...(texts[""] === undefined ? {} : { description: texts[""] }),
    ...schema,
    ...(properties === undefined ? {} : { properties: Object.fromEntries(fields) }),
  };
}

const parameters = ["dryRun", "fieldManager", "fieldValidation"].map((name) => ({
  name,
  in: "query",
  schema: { type: "string", uniqueItems: true },
}));

function pathsOf(resource: Resource, version: Version, $ref: string): Record<string, object> {
  const base =
    resource.group === "" ? `/api/${version.name}` : `/apis/${apiVersionOf(resource.group, version.name)}`;
  const scope = resource.namespaced
    ? `${base}/namespaces/{namespace}/${resource.plural}`
    : `${base}/${resource.plural}`;
  const gvk = { group: resource.group, version: version.name, kind: resource.kind };
  const responses = { 200: { description: "OK", content: { "application/json": { schema: { $ref } } } } };
  const operation = (action: string, more: object = {}) => ({
    responses,
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": gvk,
    ...more,
  });
  const requestBody = { required: true, content: { "*/*": { schema: { $ref } } } };
  const one = {
    get: operation("get"),
    put: operation("put", { parameters, requestBody }),
    patch: operation("patch", {
      parameters: [...parameters, { name: "force", in: "query", schema: { type: "boolean" } }],
    }),
    delete: operation("delete", { parameters: parameters.slice(0, 1) }),
  };
  return {
    [scope]: { get: operation("list"), post: operation("post", { parameters, requestBody }) },
    [`${scope}/{name}`]: one,
    ...(version.hasStatus
      ? { [`${scope}/{name}/status`]: { get: one.get, put: one.put, patch: one.patch } }
      : {}),
  };
}
