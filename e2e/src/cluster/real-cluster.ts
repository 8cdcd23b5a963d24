import { randomBytes } from "node:crypto";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expectSuccess, runCommand } from "../command.ts";
import { environment } from "../environment.ts";
import { type Controller, controllerManifests } from "./manifests.ts";
import { commandsFor, type TestCluster } from "./test-cluster.ts";

export interface RealCluster extends TestCluster {
  /** Where the controllers run. */
  readonly system: string;
}

export const hasRealCluster = environment.kubeconfig !== undefined && environment.images !== undefined;

/**
 * Two namespaces of a real Kubernetes: in one our controllers run as pods from our images, in the other the functions,
 * where nothing but pods of the *restricted* Pod Security Standard is let in.
 */
export async function openRealCluster(controllers: readonly Controller[]): Promise<RealCluster> {
  const { images = "", host, npmRegistry } = environment;
  const functions = `e2e-${randomBytes(4).toString("hex")}`;
  const system = `${functions}-system`;
  const imageOf = (name: string) => images.replace("{name}", name);
  const home = await mkdtemp(join(tmpdir(), "kubeless-e2e-"));
  // A copy, for the cluster's owner may write the file again at any time.
  const kubeconfig = join(home, "kubeconfig");
  await copyFile(environment.kubeconfig ?? "", kubeconfig);
  const env = { PATH: process.env.PATH, HOME: home, KUBELESS_NAMESPACE: system };
  const commands = commandsFor(kubeconfig, functions, env);
  const kubectl = (...argv: readonly string[]) =>
    expectSuccess(runCommand(["kubectl", ...argv], { env: { ...env, KUBECONFIG: kubeconfig } }));

  await kubectl("apply", "--server-side", "--force-conflicts", "-f", crdFolder);
  await kubectl("wait", "--for=condition=Established", "-f", crdFolder, "--timeout=60s");
  await commands.apply(restrictedNamespace(system), restrictedNamespace(functions));
  const manifests = controllers.flatMap((name) => controllerManifests(name, { system, functions, imageOf }));
  await commands.apply(...manifests);
  const untilRunning = () =>
    Promise.all(
      controllers.map((name) =>
        kubectl("rollout", "status", `deployment/${name}`, "-n", system, "--timeout=60s"),
      ),
    );
  await untilRunning();

  return {
    ...commands,
    namespace: functions,
    system,
    kubeconfig,
    host,
    npmRegistry,
    imageOf,
    controllerLog: () =>
      kubectl("logs", "-n", system, "--selector=app.kubernetes.io/part-of=kubeless", "--tail=-1", "--prefix"),
    killControllers: async () => {
      const all = "--selector=app.kubernetes.io/part-of=kubeless";
      await kubectl("delete", "pods", "-n", system, all, "--grace-period=0", "--force");
      await untilRunning();
    },
    close: async () => {
      await kubectl("delete", "namespace", functions, system, "--wait=false");
      await rm(home, { recursive: true });
    },
  };
}

const crdFolder = fileURLToPath(new URL("./crds", import.meta.resolve("@kubeless/api-types/package.json")));

function restrictedNamespace(name: string): object {
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}
