import { fileURLToPath } from "node:url";
import { type CommandResult, expectSuccess, runCommand } from "../command.ts";

/** A cluster that Kubeless runs in, and the namespace of it that a test file has for itself. */
export interface TestCluster {
  readonly namespace: string;
  readonly kubeconfig: string;
  /** The address of this machine that functions reach; undefined where there is none. */
  readonly host: string | undefined;
  /** The npm registry that functions reach; undefined where there is none. */
  readonly npmRegistry: string | undefined;
  /** The name under which nodes have an image of this repository. */
  imageOf(name: string): string;
  /** Runs `kubeless` in a shell of this cluster, whatever it says and however it ends. */
  try(...argv: readonly string[]): Promise<CommandResult>;
  /** Runs `kubeless`, which has to succeed; its standard output. */
  kubeless(...argv: readonly string[]): Promise<string>;
  /** Runs `kubectl`, which has to succeed; its standard output. */
  kubectl(...argv: readonly string[]): Promise<string>;
  /** `kubectl apply` of objects. */
  apply(...objects: readonly object[]): Promise<void>;
  /** What the controllers have logged until now. */
  controllerLog(): Promise<string>;
  /** Ends the controllers as a crash does, at once, and resolves when others run in their place. */
  killControllers(): Promise<void>;
  close(): Promise<void>;
}

/** What every cluster does alike, given its kubeconfig. */
export function commandsFor(
  kubeconfig: string,
  namespace: string,
  environment: Readonly<Record<string, string | undefined>>,
): Pick<TestCluster, "try" | "kubeless" | "kubectl" | "apply"> {
  const env = { ...environment, KUBECONFIG: kubeconfig };
  const attempt: TestCluster["try"] = (...argv) =>
    runCommand([...kubeless, ...argv, "--namespace", namespace], { env });
  const kubectl: TestCluster["kubectl"] = (...argv) =>
    expectSuccess(runCommand(["kubectl", "--namespace", namespace, ...argv], { env }));
  return {
    try: attempt,
    kubeless: (...argv) => expectSuccess(attempt(...argv)),
    kubectl,
    apply: async (...objects) => {
      const items = objects.map((object) => inNamespace(object as KubernetesObject, namespace));
      const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
      await expectSuccess(runCommand(["kubectl", "apply", "-f", "-"], { env, input: list }));
    },
  };
}

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

function inNamespace(object: KubernetesObject, namespace: string): object {
  if (object.kind === "Namespace") return object;
  return { ...object, metadata: { namespace, ...object.metadata } };
}

/** The command line, run from its sources. */
export const kubeless: readonly string[] = [
  process.execPath,
  "--conditions=@kubeless/source",
  fileURLToPath(new URL("./src/bin.ts", import.meta.resolve("@kubeless/cli/package.json"))),
];
