import type { DeadLetterCommands } from "./broker/define-dead-letters.ts";
import type { Command, CommandGroup, CommandTree } from "./command.ts";
import type { TriggerCommands } from "./trigger/trigger-commands.ts";

/**
 * The whole command line at a glance. What a command takes and does lies in its own file, which is loaded when it is
 * asked for.
 */
export const commandTree: CommandTree = {
  function: {
    summary: "Deploy functions, call them, change them, see why they fail",
    aliases: ["functions", "fn"],
    commands: {
      deploy: {
        summary: "Deploy a function",
        load: async () => (await import("./commands/function/deploy.ts")).deploy,
      },
      update: {
        summary: "Change a function",
        load: async () => (await import("./commands/function/update.ts")).update,
      },
      delete: {
        summary: "Delete a function",
        load: async () => (await import("./commands/function/delete.ts")).deleteFunction,
      },
      list: {
        summary: "List functions and whether they work",
        aliases: ["ls"],
        load: async () => (await import("./commands/function/list.ts")).list,
      },
      describe: {
        summary: "Show a function and why it does not work",
        load: async () => (await import("./commands/function/describe.ts")).describe,
      },
      call: {
        summary: "Call a function",
        load: async () => (await import("./commands/function/call.ts")).call,
      },
      logs: {
        summary: "Show a function's logs",
        load: async () => (await import("./commands/function/logs.ts")).logs,
      },
      top: {
        summary: "Show calls, failures and durations",
        aliases: ["stats"],
        load: async () => (await import("./commands/function/top.ts")).top,
      },
      history: {
        summary: "List a function's revisions",
        load: async () => (await import("./commands/function/history.ts")).history,
      },
      rollback: {
        summary: "Go back to an earlier revision",
        load: async () => (await import("./commands/function/rollback.ts")).rollback,
      },
    },
  },
  trigger: {
    summary: "Call functions when something happens",
    aliases: ["triggers"],
    commands: {
      http: triggerGroup("HTTP", async () => (await import("./commands/trigger/http.ts")).httpCommands),
      cronjob: triggerGroup(
        "schedule",
        async () => (await import("./commands/trigger/cronjob.ts")).cronJobCommands,
      ),
      kafka: brokerGroup("Kafka", async () => (await import("./commands/trigger/kafka.ts")).kafkaCommands),
      nats: brokerGroup("NATS", async () => (await import("./commands/trigger/nats.ts")).natsCommands),
      kinesis: kinesisGroup(async () => (await import("./commands/trigger/kinesis.ts")).kinesisCommands),
    },
  },
  topic: {
    summary: "Make and delete Kafka topics, and send to them",
    commands: {
      create: { summary: "Make a topic", load: async () => (await loadTopics()).create },
      delete: { summary: "Delete a topic", load: async () => (await loadTopics()).delete },
      list: { summary: "List topics", aliases: ["ls"], load: async () => (await loadTopics()).list },
      publish: { summary: "Send a message to a topic", load: async () => (await loadTopics()).publish },
    },
  },
  autoscale: {
    summary: "Let the number of pods follow the load",
    commands: {
      create: {
        summary: "Scale a function automatically",
        load: async () => (await import("./commands/autoscale/create.ts")).create,
      },
      list: {
        summary: "List autoscalers",
        aliases: ["ls"],
        load: async () => (await import("./commands/autoscale/list.ts")).list,
      },
      delete: {
        summary: "Stop scaling a function automatically",
        load: async () => (await import("./commands/autoscale/delete.ts")).deleteAutoscaler,
      },
    },
  },
  dev: {
    summary: "Deploy a file or folder, and again on each save, and follow its logs",
    load: async () => (await import("./commands/dev.ts")).dev,
  },
  local: {
    summary: "Run Kubeless on this machine, without a cluster",
    commands: {
      up: {
        summary: "Start the local platform",
        load: async () => (await import("./commands/local/up.ts")).up,
      },
      down: {
        summary: "Stop the local platform",
        load: async () => (await import("./commands/local/down.ts")).down,
      },
      status: {
        summary: "Say whether the local platform runs",
        load: async () => (await import("./commands/local/status.ts")).status,
      },
      kubeconfig: {
        summary: "Print where the local platform's kubeconfig lies",
        load: async () => (await import("./commands/local/kubeconfig.ts")).kubeconfig,
      },
      reset: {
        summary: "Stop the local platform and delete all it keeps",
        load: async () => (await import("./commands/local/reset.ts")).reset,
      },
    },
  },
  "get-server-config": {
    summary: "List the runtimes of the cluster",
    load: async () => (await import("./commands/get-server-config.ts")).getServerConfig,
  },
  completion: {
    summary: "Print a completion script for a shell",
    load: async () => (await import("./commands/completion.ts")).completion,
  },
  version: {
    summary: "Print the version",
    load: async () => (await import("./commands/version.ts")).version,
  },
};

async function loadTopics() {
  return (await import("./commands/topic.ts")).topicCommands;
}

type BrokerCommands = TriggerCommands & {
  readonly publish: Command;
  readonly deadLetters: DeadLetterCommands;
};

/** Kinesis has streams to be made, and positions that only we keep. */
function kinesisGroup(
  load: () => Promise<BrokerCommands & { readonly createStream: Command; readonly reset: Command }>,
): CommandGroup {
  const group = brokerGroup("Kinesis", load);
  return {
    ...group,
    commands: {
      ...group.commands,
      "create-stream": { summary: "Make a stream", load: async () => (await load()).createStream },
      reset: {
        summary: "Forget how far a trigger has read its stream",
        load: async () => (await load()).reset,
      },
    },
  };
}

/** Those of a kind whose broker one can send to, and which has dead letters. */
function brokerGroup(what: string, load: () => Promise<BrokerCommands>): CommandGroup {
  const group = triggerGroup(what, load);
  const letters = async () => (await load()).deadLetters;
  return {
    ...group,
    commands: {
      ...group.commands,
      publish: { summary: `Send a message by ${what}`, load: async () => (await load()).publish },
      "dead-letters": {
        summary: "See what was given up, and send it again",
        aliases: ["dead-letter"],
        commands: {
          list: { summary: "List dead letters", aliases: ["ls"], load: async () => (await letters()).list },
          show: { summary: "Show one, with its bytes", load: async () => (await letters()).show },
          redrive: { summary: "Send them again", load: async () => (await letters()).redrive },
          purge: { summary: "Delete them all", load: async () => (await letters()).purge },
        },
      },
    },
  };
}

/** The five commands that every kind of trigger has. */
function triggerGroup(what: string, load: () => Promise<TriggerCommands>): CommandGroup {
  return {
    summary: `Call functions by ${what}`,
    commands: {
      create: { summary: `Create a ${what} trigger`, load: async () => (await load()).create },
      update: { summary: `Change a ${what} trigger`, load: async () => (await load()).update },
      delete: { summary: `Delete a ${what} trigger`, load: async () => (await load()).delete },
      list: {
        summary: `List ${what} triggers and whether they work`,
        aliases: ["ls"],
        load: async () => (await load()).list,
      },
      describe: {
        summary: `Show a ${what} trigger and why it does not work`,
        load: async () => (await load()).describe,
      },
    },
  };
}
