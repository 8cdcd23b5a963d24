import { defineCommand } from "../command.ts";
import { completionScripts, type Shell } from "../completion/scripts.ts";
import { UsageError } from "../parse.ts";

export const completion = defineCommand({
  description: "Names of functions, triggers, Secrets, namespaces and contexts come from the cluster.",
  arguments: {
    shell: {
      description: `One of ${Object.keys(completionScripts).join(", ")}`,
      required: true,
      complete: async () => Object.keys(completionScripts),
    },
  },
  flags: {},
  examples: [
    { what: "Now, in bash", line: "source <(kubeless completion bash)" },
    {
      what: "For good, in fish",
      line: "kubeless completion fish > ~/.config/fish/completions/kubeless.fish",
    },
  ],
  run: async ({ arguments: { shell } }, world) => {
    const script = completionScripts[shell as Shell];
    if (script === undefined)
      throw new UsageError(
        `SHELL is one of ${Object.keys(completionScripts).join(", ")}, not ${JSON.stringify(shell)}.`,
      );
    await world.stdout.write(script);
  },
});
