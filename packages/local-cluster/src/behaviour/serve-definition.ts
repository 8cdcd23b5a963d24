import type { TestCluster } from "./cluster.ts";

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string }[];
  };
}

export const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** Makes a CustomResourceDefinition and resolves once its API answers; ends with what deletes it. */
export async function serveDefinition(
  cluster: TestCluster,
  definition: Definition,
): Promise<() => Promise<void>> {
  const { code, body } = await cluster.send("POST", definitions, definition);
  if (code !== 201) throw new Error(body.message);
  await untilServed(cluster, definition);
  const { group, names } = definition.spec;
  return async () => {
    await cluster.send("DELETE", `${definitions}/${names.plural}.${group}`);
  };
}

/** Resolves once the API of a definition answers, which is later than the definition says that it is established. */
export async function untilServed({ send }: TestCluster, { spec }: Definition): Promise<void> {
  const { group, names, versions } = spec;
  const path = `/apis/${group}/${versions[0]?.name}/${names.plural}`;
  while ((await send("GET", path)).code !== 200);
}
