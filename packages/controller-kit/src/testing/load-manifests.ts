import { readFileSync } from "node:fs";
import { loadAll } from "js-yaml";
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
    const objects = loadAll(text.replaceAll("namespace: kubeless", `namespace: ${namespace}`));
    return (objects as KubernetesObject[]).map((object) =>
      object.kind?.startsWith("Cluster")
        ? object
        : { ...object, metadata: { namespace, ...object.metadata } },
    );
  });
}
