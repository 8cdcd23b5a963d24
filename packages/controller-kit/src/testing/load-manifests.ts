import { readFileSync } from "node:fs";
import { loadAllYaml } from "@kubernetes/client-node";
import type { KubernetesObject } from "../cluster/kubernetes-object.ts";

export interface ManifestSources {
  /** Ends with a slash. */
  folder: URL;
  files: readonly string[];
  /** Takes the place of `kubeless`, and is where namespaced objects lie that name none. */
  namespace: string;
}

/** The objects in a controller's manifests, as they are applied to a namespace. */
export function loadManifests({ folder, files, namespace }: ManifestSources): KubernetesObject[] {
  return files.flatMap((file) => {
    const text = readFileSync(new URL(file, folder), "utf8");
    const objects = loadAllYaml(text.replaceAll("namespace: kubeless", `namespace: ${namespace}`));
    return objects.map((object: KubernetesObject) =>
      object.kind?.startsWith("Cluster")
        ? object
        : { ...object, metadata: { namespace, ...object.metadata } },
    );
  });
}
