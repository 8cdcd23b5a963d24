import { annotations, DEFAULT_CONFIG_NAME, DEFAULT_NAMESPACE, functionResource } from "@kubeless/api-types";
import {
  ApiError,
  type ClusterClient,
  type ConfigLocation,
  type GivenLocation,
  resources,
} from "@kubeless/controller-kit";

/**
 * Finds the configuration as Kubeless does: by the environment, else by annotations of the CRD, else
 * `kubeless/kubeless-config`. Whoever may not read CRDs names both in the environment.
 */
export async function findConfig(client: ClusterClient, given: GivenLocation): Promise<ConfigLocation> {
  const annotated = given.namespace && given.name ? {} : await readAnnotations(client);
  return {
    namespace: given.namespace ?? annotated[annotations.configNamespace] ?? DEFAULT_NAMESPACE,
    name: given.name ?? annotated[annotations.configName] ?? DEFAULT_CONFIG_NAME,
  };
}

async function readAnnotations(client: ClusterClient): Promise<Record<string, string>> {
  const { plural, group } = functionResource;
  try {
    const crd = await client.find(resources.customResourceDefinitions, { name: `${plural}.${group}` });
    return crd?.metadata.annotations ?? {};
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return {};
    throw error;
  }
}
