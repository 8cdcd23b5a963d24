import { setTimeout } from "node:timers/promises";
import type { ClusterClient } from "../cluster/client.ts";
import { resources } from "../cluster/resources.ts";

/**
 * Applies CustomResourceDefinitions and resolves once the API server answers for all their kinds, which it does a moment
 * later than it says that they are established. The test's own time limit ends the wait.
 */
export async function serveDefinitions(client: ClusterClient, definitions: readonly object[]): Promise<void> {
  for (const definition of definitions) await client.apply(resources.customResourceDefinitions, definition);
  for (const definition of definitions) {
    const path = pathOf(definition as Definition);
    while (!(await isServed(client, path))) await setTimeout(50);
  }
}

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string }[];
  };
}

function pathOf({ spec: { group, names, versions } }: Definition): string {
  return `/apis/${group}/${versions[0]?.name}/${names.plural}?limit=1`;
}

async function isServed(client: ClusterClient, path: string): Promise<boolean> {
  const { status, body } = await client.request(path);
  await body.dump();
  return status !== 404;
}
