import type { Answer, TestCluster } from "./cluster.ts";

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

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** Makes a CRD of Things whose spec is this. */
export function sendDefinition(
  cluster: TestCluster,
  group: string,
  spec: object,
  query = "",
): Promise<Answer> {
  return cluster.send("POST", `${definitions}${query}`, {
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: "Thing", plural: "things" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: object({ spec }) } }],
    },
  });
}

/** Resolves once the API of the CRD answers; ends with what deletes it. */
export async function defineThings(
  cluster: TestCluster,
  group: string,
  spec: object,
): Promise<() => Promise<void>> {
  const { code, body } = await sendDefinition(cluster, group, spec);
  if (code !== 201) throw new Error(body.message);
  const path = `${definitions}/things.${group}`;
  await cluster.until(path, ({ status }) =>
    status?.conditions?.some(
      (one: { type: string; status: string }) => one.type === "Established" && one.status === "True",
    ),
  );
  let served = 404;
  while (served !== 200) served = (await cluster.send("GET", `/apis/${group}/v1/things`)).code;
  return async () => {
    await cluster.send("DELETE", path);
  };
}
