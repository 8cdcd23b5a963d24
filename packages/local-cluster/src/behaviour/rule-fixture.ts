import type { Answer, TestCluster } from "./cluster.ts";
import { definitions, serveDefinition } from "./serve-definition.ts";

export const text = { type: "string" };
export const short = (maxLength: number) => ({ ...text, maxLength });
export const number = { type: "integer" };
export const listOf = (items: object, maxItems?: number) => ({ type: "array", items, maxItems });
export const mapOf = (additionalProperties: object, maxProperties?: number) => ({
  type: "object",
  additionalProperties,
  maxProperties,
});
export const object = (properties: object, rest: object = {}) => ({ type: "object", properties, ...rest });
export const ruled = (schema: object, ...rules: readonly (string | object)[]) => ({
  ...schema,
  "x-kubernetes-validations": rules.map((rule) => (typeof rule === "string" ? { rule } : rule)),
});

/** A CRD of Things whose spec is this. */
function thingsWith(group: string, spec: object) {
  return {
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: "Thing", plural: "things" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: object({ spec }) } }],
    },
  };
}

/** Makes a CRD of Things whose spec is this. */
export function sendDefinition(
  cluster: TestCluster,
  group: string,
  spec: object,
  query = "",
): Promise<Answer> {
  return cluster.send("POST", `${definitions}${query}`, thingsWith(group, spec));
}

/** Resolves once the API of the CRD answers; ends with what deletes it. */
export function defineThings(
  cluster: TestCluster,
  group: string,
  spec: object,
): Promise<() => Promise<void>> {
  return serveDefinition(cluster, thingsWith(group, spec));
}
