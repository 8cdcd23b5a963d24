import { enableCompileCache } from "node:module";

/** What the program was started as: itself, or as kubectl's plugin, or to complete for kubectl. */
export type CalledAs = "kubeless" | "kubectl-kubeless" | "kubectl_complete-kubeless";

/** Runs the command line of this process; its exit code is the command's. */
export async function start(
  host: NodeJS.Process,
  environment: NodeJS.ProcessEnv,
  calledAs: CalledAs,
): Promise<void> {
  enableCompileCache();
  const [{ run }, { createProcessWorld }] = await Promise.all([
    import("./run.ts"),
    import("./process-world.ts"),
  ]);
  const { argv, world } = createProcessWorld(host, environment, calledAs);
  // What a library left open, or asked and has no answer to, is not waited for.
  host.exit(await run(argv, world));
}
