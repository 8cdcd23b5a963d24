import type { RuntimeEntry, RuntimeImage } from "./kubeless-config.ts";

const CURRENT_NODE = "24";

/** Names that Kubeless had, and Node releases between them and the current one: all are served by it, and say so. */
const olderNodes = ["22", "20", "18", "16", "14", "12", "10", "8", "6"] as const;

const repository = "ghcr.io/kubeless";

/** The provisioner, which fetches, verifies and unpacks source inside the pod. */
export function defaultProvisionImage(version: string): string {
  return `${repository}/function-controller:${version}`;
}

/**
 * The runtimes that a new installation has: `nodejs` and `typescript`, both served by one image of the given release.
 * An installation is one argument list; no shell reads it.
 */
export function defaultRuntimes(version: string): RuntimeEntry[] {
  const images = runtimeNodeImages(version);
  return [
    {
      ID: "nodejs",
      depName: "package.json",
      fileNameSuffix: ".js",
      versions: [
        { name: `node${CURRENT_NODE}`, version: CURRENT_NODE, images, imagePullSecrets: [] },
        ...olderNodes.map((old) => ({
          name: `node${old}`,
          version: old,
          images,
          imagePullSecrets: [],
          note: `nodejs${old} is served by Node ${CURRENT_NODE}: write runtime: nodejs${CURRENT_NODE} once the function is known to work there.`,
        })),
      ],
    },
    {
      ID: "typescript",
      depName: "package.json",
      fileNameSuffix: ".ts",
      versions: [{ name: `node${CURRENT_NODE}`, version: CURRENT_NODE, images, imagePullSecrets: [] }],
    },
  ];
}

/** The `data` of the ConfigMap `kubeless-config` of a new installation. */
export function defaultConfigData(version: string): Record<string, string> {
  return {
    "runtime-images": `${JSON.stringify(defaultRuntimes(version), null, 2)}\n`,
    deployment: "{}",
    "provision-image": defaultProvisionImage(version),
    "provision-image-secret": "",
  };
}

function runtimeNodeImages(version: string): RuntimeImage[] {
  const image = `${repository}/runtime-node:${version}`;
  return [
    { phase: "installation", image, command: ["kubeless-install"], env: {}, secrets: [] },
    {
      phase: "runtime",
      image,
      env: { NODE_PATH: "$(KUBELESS_INSTALL_VOLUME)/node_modules" },
      secrets: [],
    },
  ];
}
