import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findBroker, howToStartOne, sendThrough } from "./broker.ts";
import { callRoute } from "./route.ts";
import type { Shell } from "./shell.ts";

/** One thing that is shown. */
export interface Step {
  readonly title: string;
  readonly take: (shell: Shell) => Promise<void>;
}

/** What `npm start` shows, in this order. Each step may be taken again on what an earlier run has left. */
export const steps: readonly Step[] = [
  {
    title: "A function: a file, and the name of what it exports",
    take: async (shell) => {
      await put(shell, "hello", "examples/hello.js", "hello.greet");
      await shell.kubeless(["function", "call", "hello", "--data", '{"name":"Ada"}'], {
        says: "Hello, Ada!",
      });
    },
  },
  {
    title: "Changed: no call is lost, and the new code answers once the update says so",
    take: async (shell) => {
      const changed = join(shell.scratch, "hello.js");
      const code = readFileSync(join(shell.root, "examples/hello.js"), "utf8");
      writeFileSync(changed, code.replace("Hello,", "Good morning,"));
      await shell.kubeless(["function", "update", "hello", "--from-file", changed], { quietly: ["--wait"] });
      await shell.kubeless(["function", "call", "hello", "--data", '{"name":"Ada"}'], {
        says: "Good morning, Ada!",
      });
    },
  },
  {
    title: "TypeScript, with a dependency from npm",
    take: async (shell) => {
      await put(shell, "render", "examples/render", "render.page");
      const page = '{"title":"Notes","body":"*ready*"}';
      await shell.kubeless(["function", "call", "render", "--data", page], { says: "<em>ready</em>" });
    },
  },
  {
    title: "An answer that comes piece by piece",
    take: async (shell) => {
      await put(shell, "countdown", "examples/countdown.js", "countdown.from");
      await shell.kubeless(["function", "call", "countdown", "--data", '{"from":3}'], { says: "lift-off" });
    },
  },
  {
    title: "Called by HTTP: a route to it",
    take: async (shell) => {
      await putTrigger(shell, "http", "hello", ["--function-name", "hello", "--hostname", "hello.localhost"]);
      await callRoute(shell, "hello", { name: "Ada" }, "Good morning, Ada!");
    },
  },
  {
    title: "Called by the clock: each second, until its log says so",
    take: async (shell) => {
      await put(shell, "clock", "examples/clock.js", "clock.tick");
      await putTrigger(shell, "cronjob", "clock", ["--function", "clock", "--schedule", "@every 1s"]);
      await shell.kubelessUntil("tick", ["function", "logs", "clock", "--follow"]);
      await shell.kubeless(["trigger", "cronjob", "delete", "clock"]);
    },
  },
  {
    title: "Called by messages, from a broker",
    take: async (shell) => {
      const broker = await findBroker(process.env);
      if (broker === undefined) {
        console.log(howToStartOne(process.env));
        return;
      }
      await put(shell, "inbox", "examples/inbox.js", "inbox.take");
      if (broker.kind === "kafka" && !/^inbox /m.test(shell.ask(["topic", "list", ...broker.access]) ?? ""))
        await shell.kubeless(["topic", "create", "inbox", ...broker.access]);
      const reads = ["--trigger-topic", "inbox", "--function-selector", "function=inbox"];
      await putTrigger(shell, broker.kind, "inbox", [...reads, ...broker.connection]);
      await sendThrough(shell, broker, "inbox");
      await shell.kubeless(["trigger", broker.kind, "delete", "inbox"]);
    },
  },
  {
    title: "And one that cannot work: what the person is told",
    take: async (shell) => {
      const broken = join(shell.scratch, "broken.js");
      writeFileSync(broken, 'const table = require("./no-such-table");\nexports.look = () => table;\n');
      // An earlier run may have been cut off here.
      if (shell.ask(["function", "describe", "broken"]) !== undefined)
        await shell.kubeless(["function", "delete", "broken"]);
      await shell.kubeless(["function", "deploy", "broken", "--from-file", broken], {
        says: "no-such-table",
        code: 1,
        quietly: ["--wait"],
      });
      await shell.kubeless(["function", "delete", "broken"]);
    },
  },
  {
    title: "All there is",
    take: (shell) => shell.kubeless(["function", "list"]),
  },
];

/** Deploys what an earlier run has not, and updates what it has. */
async function put(shell: Shell, name: string, source: string, handler: string): Promise<void> {
  const verb = shell.ask(["function", "describe", name]) === undefined ? "deploy" : "update";
  await shell.kubeless(["function", verb, name, "--from-file", source, "--handler", handler], {
    quietly: ["--wait"],
  });
}

async function putTrigger(shell: Shell, kind: string, name: string, flags: readonly string[]): Promise<void> {
  const verb = shell.ask(["trigger", kind, "describe", name]) === undefined ? "create" : "update";
  await shell.kubeless(["trigger", kind, verb, name, ...flags]);
}
