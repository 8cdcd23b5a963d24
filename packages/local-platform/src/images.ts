import type { ImageEntry } from "@kubeless/local-cluster";
import { pickNetworkSettings } from "./network-settings.ts";
import { findProgram, programOf } from "./programs.ts";

/** Flags of the function server's image (packages/runtime-node/Dockerfile). */
const serverFlags = [
  "--max-semi-space-size=1",
  "--no-force-async-hooks-checks",
  "--disable-warning=ExperimentalWarning",
  "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON",
];

/** How long a function that ends is still called: the routers of this process hear of it at once. */
const localDrainSeconds = "0.5";

/**
 * What image names mean on this machine: our own images are programs of our packages, with the npm that its user runs. An
 * image that is not here waits, and says what can be run. Every program gets the user's network settings beside its own.
 */
export function localImages(
  environment: Readonly<Record<string, string | undefined>>,
): readonly ImageEntry[] {
  const npm = findProgram("npm", environment.PATH);
  const entries: readonly ImageEntry[] = [
    {
      image: /^ghcr\.io\/kubeless\/runtime-node[:@]/,
      env: { FUNC_DRAIN_SECONDS: localDrainSeconds },
      command: programOf("@kubeless/runtime-node", "main", serverFlags),
      programs: {
        "kubeless-install": programOf("@kubeless/runtime-node", "install"),
        ...(npm === undefined ? {} : { npm: [npm] }),
      },
    },
    {
      image: /^ghcr\.io\/kubeless\/function-controller[:@]/,
      programs: { "kubeless-provision": programOf("@kubeless/function-controller", "provisioner") },
    },
    {
      image: /^ghcr\.io\/kubeless\/cronjob-trigger[:@]/,
      programs: { "kubeless-call": programOf("@kubeless/cronjob-trigger", "caller") },
    },
    {
      image: /^(docker\.io\/library\/)?node(:|$)/,
      command: [process.execPath],
      programs: { node: [process.execPath] },
    },
  ];
  const env = pickNetworkSettings(environment);
  return entries.map((entry) => ({ ...entry, env: { ...env, ...entry.env } }));
}
