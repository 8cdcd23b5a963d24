import type { CompletionContext } from "../command.ts";

/** Names for completion come from the cluster the flags typed so far mean; a cluster that is silent offers none. */
export const completeFunctions = namesOf("functions");
export const completeHttpTriggers = namesOf("httptriggers");
export const completeCronJobTriggers = namesOf("cronjobtriggers");
export const completeKafkaTriggers = namesOf("kafkatriggers");
export const completeNatsTriggers = namesOf("natstriggers");
export const completeKinesisTriggers = namesOf("kinesistriggers");

export async function completeNamespaces({ world, flags }: CompletionContext): Promise<readonly string[]> {
  const { client } = await world.connect(flags);
  const { items } = await client.list({
    apiVersion: "v1",
    kind: "Namespace",
    plural: "namespaces",
    namespaced: false,
  });
  return items.map(({ metadata }) => metadata.name);
}

export async function completeContexts({ world, flags }: CompletionContext): Promise<readonly string[]> {
  const { loadKubeConfig } = await import("@kubeless/controller-kit");
  const { kubeconfig } = flags as { kubeconfig?: string };
  const { environment, homeDirectory } = world;
  return loadKubeConfig({ kubeconfig, environment, homeDirectory })
    .getContexts()
    .map(({ name }) => name);
}

export async function completeSecrets({ world, flags }: CompletionContext): Promise<readonly string[]> {
  const { client, namespace } = await world.connect(flags);
  const secrets = { apiVersion: "v1", kind: "Secret", plural: "secrets", namespaced: true };
  const { items } = await client.list(secrets, { namespace, metadataOnly: true });
  return items.map(({ metadata }) => metadata.name);
}

function namesOf(plural: string) {
  return async ({ world, flags }: CompletionContext): Promise<readonly string[]> => {
    const { client, namespace } = await world.connect(flags);
    const resource = { apiVersion: "kubeless.io/v1beta1", kind: "", plural, namespaced: true };
    const { items } = await client.list(resource, { namespace, metadataOnly: true });
    return items.map(({ metadata }) => metadata.name);
  };
}

export async function completeRuntimes({ world, flags }: CompletionContext): Promise<readonly string[]> {
  const { readRuntimes } = await import("../config/server-config.ts");
  return (await readRuntimes(await world.connect(flags), world)).map(({ name }) => name);
}
