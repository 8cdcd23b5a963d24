import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadAll } from "js-yaml";

/** A Kubernetes object as a manifest has it. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly rules?: readonly PolicyRule[];
  readonly [field: string]: unknown;
}

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export interface Installation {
  /** Where the controllers run. */
  readonly system: string;
  /** The one namespace that they serve. */
  readonly functions: string;
  imageOf(name: string): string;
}

export type Controller =
  | "function-controller"
  | "cronjob-trigger"
  | "http-trigger"
  | "kinesis-trigger"
  | "nats-trigger";

/**
 * A controller's manifests as its README has them applied to serve one namespace, with other names of namespaces and
 * images and nothing else changed.
 */
export function controllerManifests(
  controller: Controller,
  { system, functions, imageOf }: Installation,
): readonly Manifest[] {
  const folder = fileURLToPath(
    new URL("./manifests/", import.meta.resolve(`@kubeless/${controller}/package.json`)),
  );
  const read = (file: string) =>
    loadAll(
      readFileSync(`${folder}${file}`, "utf8")
        .replaceAll(/ghcr\.io\/kubeless\/([\w-]+):[\w.-]+/g, (_, name: string) => imageOf(name))
        .replaceAll(/^( *)namespace: kubeless$/gm, `$1namespace: ${system}`)
        .replaceAll(
          /^( *)- name: KUBELESS_NAMESPACE$/gm,
          `$1- name: FUNCTIONS_NAMESPACE\n$1  value: ${functions}\n$&`,
        ),
    ) as Manifest[];
  const files = readdirSync(folder).filter((file) => /\.yaml$/.test(file));
  const own = files
    .filter((file) => !["cluster-role.yaml", "namespace.yaml"].includes(file))
    .flatMap(read)
    .map((manifest) => withNamespace(manifest, manifest.metadata.namespace ?? system));
  const served = read("namespaced/role.yaml").map((manifest) => withNamespace(manifest, functions));
  return [...own, ...served].map((manifest) => servingOnly(manifest, functions));
}

function withNamespace(manifest: Manifest, namespace: string): Manifest {
  return { ...manifest, metadata: { ...manifest.metadata, namespace } };
}

function servingOnly(manifest: Manifest, functions: string): Manifest {
  if (manifest.kind !== "ConfigMap") return manifest;
  return { ...manifest, data: { ...manifest.data, "functions-namespace": functions } };
}
