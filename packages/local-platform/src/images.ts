import type { ImageEntry } from "@kubeless/local-cluster";
import { programOf } from "./programs.ts";

/** Flags of the function server's image (packages/runtime-node/Dockerfile). */
const serverFlags = [
  "--no-force-async-hooks-checks",
  "--disable-warning=ExperimentalWarning",
  "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON",
];

/**
 * What image names mean on this machine: our own images are programs of our packages. An image that is not here waits,
 * and says what can be run. Every program gets `env` beside its own.
 */
export function localImages(env: Readonly<Record<string, string>>): readonly ImageEntry[] {
  const entries: readonly ImageEntry[] = [
    {
      image: /^ghcr\.io\/kubeless\/runtime-node[:@]/,
      command: programOf("@kubeless/runtime-node", "main", serverFlags),
      programs: { "kubeless-install": programOf("@kubeless/runtime-node", "install") },
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
  return entries.map((entry) => ({ ...entry, env }));
}
