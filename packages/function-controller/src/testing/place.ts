import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadKubeConfig } from "@kubeless/controller-kit";
import { type ImageEntry, startCluster } from "@kubeless/local-cluster";
import { KubeConfig } from "@kubernetes/client-node";

/** A cluster to write to, and where its nodes find our images: `registry/{name}:tag`. */
const { KUBELESS_TEST_KUBECONFIG, KUBELESS_TEST_IMAGES } = process.env;

const isReal = KUBELESS_TEST_KUBECONFIG !== undefined && KUBELESS_TEST_IMAGES !== undefined;

/** What the suites' names say they ran on. */
export const judge = isReal ? "a real Kubernetes" : "local-cluster";

/** Where functions can be run. */
export interface Place {
  readonly kubeConfig: KubeConfig;
  /** The image of one of our packages. */
  image(name: string): string;
  close(): Promise<void>;
}

/** The real Kubernetes of the environment, or else a cluster in this process, whose images are our sources. */
export async function openPlace(): Promise<Place> {
  const image = (name: string) => (KUBELESS_TEST_IMAGES ?? "").replace("{name}", name);
  if (isReal) {
    const kubeConfig = loadKubeConfig({ kubeconfig: KUBELESS_TEST_KUBECONFIG });
    return { kubeConfig, image, close: async () => {} };
  }
  const cluster = await startCluster({ images: localImages() });
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(cluster.kubeconfig);
  return { kubeConfig, image: (name) => `local/${name}:1`, close: cluster.stop };
}

function localImages(): readonly ImageEntry[] {
  const server = program("@kubeless/runtime-node", "main.ts", ["--no-force-async-hooks-checks"]);
  return [
    {
      image: /^local\/runtime-node:/,
      command: server,
      programs: {
        "kubeless-install": program("@kubeless/runtime-node", "install/main.ts"),
        node: [process.execPath],
      },
    },
    {
      image: /^local\/function-controller:/,
      programs: { "kubeless-provision": program("@kubeless/function-controller", "provisioner/main.ts") },
    },
  ];
}

function program(pack: string, file: string, flags: readonly string[] = []): string[] {
  const folder = dirname(fileURLToPath(import.meta.resolve(`${pack}/package.json`)));
  return [process.execPath, "--conditions=@kubeless/source", ...flags, join(folder, "src", file)];
}
