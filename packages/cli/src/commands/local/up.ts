import { defineCommand } from "../../command.ts";
import { startInBackground, startPlatform } from "../../local/platform.ts";
import { findLocalPlatform, type LocalPlatformState } from "../../local/state.ts";
import type { World } from "../../world.ts";

export const up = defineCommand({
  description:
    "A Kubernetes API, Kubeless' controllers and the functions themselves in processes of this machine; no Docker. " +
    "Functions run with your own rights. It listens on loopback addresses only. Other commands use it when no " +
    "other cluster is chosen.",
  arguments: {},
  flags: { detach: { type: "boolean", short: "d", description: "Go on in the background" } },
  examples: [
    { what: "Until Ctrl-C", line: "kubeless local up" },
    { what: "In the background", line: "kubeless local up --detach" },
  ],
  run: async ({ flags }, world) => {
    const found = findLocalPlatform(world.homeDirectory);
    if (found !== undefined) return say(found, "runs already", world);
    if (flags.detach) return say(await startInBackground(world), "is ready", world);
    const platform = await startPlatform(world);
    await say(platform, "is ready", world);
    await new Promise<void>((ended) => world.signal.addEventListener("abort", () => ended(), { once: true }));
    await world.stderr.write("Stopping the local platform\n");
    await platform.stop();
  },
});

async function say(state: LocalPlatformState, how: string, { stderr, program }: World): Promise<void> {
  await stderr.write(
    `The local platform ${how} (process ${state.pid}, context ${state.context}).\n` +
      "Functions run on this machine, with your own rights.\n" +
      `  Deploy:   ${program} function deploy hello -f hello.js\n` +
      `  kubectl:  export KUBECONFIG=${state.kubeconfig}\n` +
      `  Routes:   ${state.ingress}\n`,
  );
}
