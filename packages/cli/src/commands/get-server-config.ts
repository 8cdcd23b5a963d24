import { clusterFlags } from "../cluster-flags.ts";
import { defineCommand } from "../command.ts";
import { configLocation, readRuntimes } from "../config/server-config.ts";
import { printData } from "../output/format.ts";

export const getServerConfig = defineCommand({
  description: "The runtimes functions can be written for, from the cluster's configuration.",
  arguments: {},
  flags: {
    ...clusterFlags,
    output: { type: "string", short: "o", choices: ["json", "yaml"], description: "Another format" },
  },
  examples: [{ what: "What can I write functions in?", line: "kubeless get-server-config" }],
  run: async ({ flags }, world) => {
    const cluster = await world.connect(flags);
    const runtimes = await readRuntimes(cluster, world);
    if (await printData(world.stdout, flags.output, runtimes)) return;
    const { namespace, name } = configLocation(world);
    await world.stderr.write(
      `Configuration ${namespace}/${name} of cluster ${cluster.name}. Supported runtimes are:\n`,
    );
    await world.stdout.write(runtimes.map((runtime) => `${runtime.name}\n`).join(""));
  },
});
