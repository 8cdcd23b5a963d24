import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * `npm start`: the main job, shown. Builds, starts the local platform, deploys the functions of `examples/`, calls them,
 * changes one, and shows what is told of one that fails. At a terminal the platform stays up; else it is stopped again,
 * and the exit code says whether everything went as it should.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cli = join(root, "packages/cli/dist/bin.js");
const scratch = mkdtempSync(join(tmpdir(), "kubeless-start-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

try {
  build();
  await show();
} catch (error) {
  console.error(`\n${(error as Error).message}`);
  process.exitCode = 1;
}

function build(): void {
  say("Building");
  const argv = ["run", "build", "--output-logs=errors-only", "--ui=stream"];
  const { status } = spawnSync("turbo", argv, {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
  });
  if (status !== 0) throw new Error("The build failed; npx turbo run build shows where.");
}

async function show(): Promise<void> {
  say(
    "Starting the local platform: a Kubernetes API, the controllers, and functions as processes of this machine",
  );
  await kubeless("local up --detach");
  try {
    await greet();
    await renderMarkdown();
    await stream();
    await fail();
  } finally {
    if (!process.stdout.isTTY) await kubeless("local down");
  }
  if (process.stdout.isTTY) sayWhatNext();
}

async function greet(): Promise<void> {
  say("A function: a file, and the name of what it exports");
  await put("hello", "examples/hello.js", "hello.greet");
  await kubeless(`function call hello --data {"name":"Ada"}`, "Hello, Ada!");
  say("Changed: no call is lost, and the new code answers once the deployment is ready");
  const changed = join(scratch, "hello.js");
  writeFileSync(
    changed,
    readFileSync(join(root, "examples/hello.js"), "utf8").replace("Hello,", "Good morning,"),
  );
  await kubeless(`function update hello --from-file ${changed}`);
  await kubeless(`function call hello --data {"name":"Ada"}`, "Good morning, Ada!");
}

async function renderMarkdown(): Promise<void> {
  say("TypeScript, with a dependency from npm");
  await put("render", "examples/render", "render.page");
  await kubeless(`function call render --data {"title":"Notes","body":"*ready*"}`, "<em>ready</em>");
}

async function stream(): Promise<void> {
  say("An answer that comes piece by piece");
  await put("countdown", "examples/countdown.js", "countdown.from");
  await kubeless(`function call countdown --data {"from":3}`, "lift-off");
}

async function fail(): Promise<void> {
  say("And one that cannot work: what the person is told");
  const broken = join(scratch, "broken.js");
  writeFileSync(broken, 'const table = require("./no-such-table");\nexports.look = () => table;\n');
  await kubeless(
    `function deploy broken --from-file ${broken} --handler broken.look --wait`,
    "no-such-table",
    1,
  );
  await kubeless("function delete broken");
  await kubeless("function list");
}

/** Deploys what an earlier run has not, and updates what it has. */
async function put(name: string, source: string, handler: string): Promise<void> {
  const { status } = spawnSync(process.execPath, [cli, "function", "describe", name], { stdio: "ignore" });
  await kubeless(
    `function ${status === 0 ? "update" : "deploy"} ${name} --from-file ${source} --handler ${handler}`,
  );
}

/** Runs a command as a person types it, shows it and what it prints; rejects when it ends otherwise than it should. */
async function kubeless(line: string, expected = "", expectedCode = 0): Promise<void> {
  console.log(`\n$ kubeless ${line.replace(/(\{.*\})/, "'$1'").replaceAll(scratch, "/tmp")}`);
  const child = spawn(
    process.execPath,
    [
      cli,
      ...line.split(" "),
      ...(/function (deploy|update)/.test(line) && !line.includes("--wait") ? ["--wait"] : []),
    ],
    { cwd: root, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      process.stdout.write(text);
    });
  }
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== expectedCode)
    throw new Error(`kubeless ${line} ended with ${code}, not with ${expectedCode}.`);
  if (!output.includes(expected)) throw new Error(`kubeless ${line} did not say "${expected}".`);
}

function say(text: string): void {
  console.log(`\n${process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text}`);
}

function sayWhatNext(): void {
  say("It stays up. Next:");
  console.log(`  alias kubeless="node ${cli}"
  kubeless function deploy mine --from-file mine.js --handler mine.handler
  kubeless function logs hello --follow
  kubeless dev examples/hello.js
  export KUBECONFIG="$(kubeless local kubeconfig --path)"    then kubectl works too
  kubeless local down`);
}
