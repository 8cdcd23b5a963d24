import {
  crd,
  DEFAULT_CONFIG_NAME,
  DEFAULT_NAMESPACE,
  defaultConfigData,
  resources as kinds,
} from "@kubeless/api-types";
import { type ClusterClient, resources } from "@kubeless/controller-kit";

/** Where the configuration is on a local platform. */
export const configLocation = { namespace: DEFAULT_NAMESPACE, name: DEFAULT_CONFIG_NAME };

/**
 * Brings our kinds, and a configuration, into a cluster that may have them already: kinds become those of this release,
 * a configuration that is there stays as its administrator wrote it.
 */
export async function install(client: ClusterClient, version: string): Promise<void> {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: configLocation.namespace } };
  await Promise.all([
    client.apply(resources.namespaces, namespace),
    ...kinds.map((kind) => client.apply(resources.customResourceDefinitions, crd(kind))),
  ]);
  if ((await client.find(resources.configMaps, configLocation)) !== undefined) return;
  const config = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: configLocation,
    data: defaultConfigData(version),
  };
  await client.create(resources.configMaps, config);
}
