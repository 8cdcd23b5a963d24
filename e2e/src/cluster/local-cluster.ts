import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandsFor, kubeless, type TestCluster } from "./test-cluster.ts";

/** A local platform in a home of its own, started as a person does. */
export async function openLocalCluster(): Promise<TestCluster> {
  const home = await mkdtemp(join(tmpdir(), "kubeless-e2e-"));
  const npmRegistry = npmSetting("registry");
  const npmrc = { npm_config_userconfig: npmSetting("userconfig") };
  const env = { ...networkSettings(), ...npmrc, PATH: process.env.PATH, HOME: home };
  const namespace = "default";
  let platform = await startPlatform(env);
  const folder = join(home, ".kubeless", "local");
  const kubeconfig = join(folder, "kubeconfig");

  return {
    ...commandsFor(kubeconfig, namespace, env),
    namespace,
    kubeconfig,
    host: "127.0.0.1",
    npmRegistry,
    imageOf: (name) => `ghcr.io/kubeless/${name}:0.1.0`,
    controllerLog: () => readFile(join(folder, "controllers.log"), "utf8"),
    killControllers: async () => {
      await end(platform, "SIGKILL");
      platform = await startPlatform(env);
    },
    close: async () => {
      await end(platform, "SIGTERM");
      await rm(home, { recursive: true });
    },
  };
}

function npmSetting(name: string): string {
  return execFileSync("npm", ["config", "get", name], { encoding: "utf8" }).trim();
}

/** What a machine behind a proxy or a certificate authority of its own needs to reach a registry. */
function networkSettings(): Record<string, string | undefined> {
  const names = /^(https?_proxy|no_proxy|node_extra_ca_certs|ssl_cert_(file|dir))$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => names.test(name)));
}

/** Resolves when it says that it is ready. */
async function startPlatform(env: Readonly<Record<string, string | undefined>>): Promise<ChildProcess> {
  const [program = "", ...argv] = kubeless;
  const child = spawn(program, [...argv, "local", "up"], { env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  const { promise: ready, resolve } = Promise.withResolvers<"ready">();
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    said += chunk;
    if (said.includes("is ready")) resolve("ready");
  });
  const ended = once(child, "close").then(() => "ended" as const);
  if ((await Promise.race([ready, ended])) === "ended")
    throw new Error(`The local platform ended before it was ready:\n${said}`);
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill(signal);
  await closed;
}
