import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { announce } from "./cluster.ts";
import { createTestWorld } from "./fixtures/test-world.ts";
import { startOf, writeState } from "./local/state.ts";

function kubeconfig(folder: string, file: string, ...names: string[]): string {
  const path = join(folder, file);
  const list = (entry: (name: string) => string) => names.map((name) => `- ${entry(name)}\n`).join("");
  writeFileSync(
    path,
    `apiVersion: v1
kind: Config
current-context: ${names[0]}
clusters:
${list((name) => `{name: ${name}, cluster: {server: "https://${name}.example"}}`)}users:
- {name: me, user: {token: t}}
contexts:
${list((name) => `{name: ${name}, context: {cluster: ${name}, user: me, namespace: of-${name}}}`)}`,
  );
  return path;
}

function machine({ hasHome = true, hasLocal = true } = {}) {
  const homeDirectory = mkdtempSync(join(tmpdir(), "home-"));
  mkdirSync(join(homeDirectory, ".kube"));
  if (hasHome) kubeconfig(join(homeDirectory, ".kube"), "config", "home", "other");
  if (hasLocal)
    writeState(homeDirectory, {
      pid: process.pid,
      pidStart: startOf(process.pid) ?? "",
      kubeconfig: kubeconfig(homeDirectory, "local", "kubeless-local"),
      context: "kubeless-local",
      server: "https://kubeless-local.example",
      ingress: "http://localhost:8080",
      startedAt: new Date().toISOString(),
    });
  return homeDirectory;
}

describe("which cluster a command means", () => {
  const environmentOf = (homeDirectory: string) => ({
    KUBECONFIG: kubeconfig(homeDirectory, "env", "env", "second"),
  });

  test.each([
    ["the flag's file before all", { kubeconfig: "flag" }, "flag"],
    ["KUBECONFIG", {}, "env"],
    ["another context of KUBECONFIG", { context: "second" }, "second"],
  ])("is %s", async (_, target, name) => {
    const homeDirectory = machine();
    const { world } = createTestWorld({ homeDirectory, environment: environmentOf(homeDirectory) });
    const file = "kubeconfig" in target ? { kubeconfig: kubeconfig(homeDirectory, "flag", "flag") } : {};
    expect(await world.connect({ ...target, ...file })).toMatchObject({ name, namespace: `of-${name}` });
  });

  test("is the current context of ~/.kube/config when nothing else is said", async () => {
    const { world } = createTestWorld({ homeDirectory: machine() });
    expect(await world.connect({})).toMatchObject({ name: "home", isLocalPlatform: false });
  });

  test("is the local platform that runs when there is no other", async () => {
    const { world, stderr } = createTestWorld({ homeDirectory: machine({ hasHome: false }) });
    const cluster = await world.connect({ namespace: "mine" });
    expect(cluster).toMatchObject({ name: "kubeless-local", isLocalPlatform: true, namespace: "mine" });
    await announce(cluster, world);
    expect(stderr.text()).toBe("Cluster kubeless-local (the local platform), namespace mine\n");
  });

  test("is the local platform when its context is named", async () => {
    const { world } = createTestWorld({ homeDirectory: machine() });
    expect(await world.connect({ context: "kubeless-local" })).toMatchObject({ isLocalPlatform: true });
  });

  test("is known as the local platform also by its own kubeconfig", async () => {
    const homeDirectory = machine();
    const environment = { KUBECONFIG: join(homeDirectory, "local") };
    const { world } = createTestWorld({ homeDirectory, environment });
    expect(await world.connect({})).toMatchObject({ name: "kubeless-local", isLocalPlatform: true });
  });

  test("is none when the local platform's process is gone", async () => {
    const homeDirectory = machine({ hasHome: false });
    const state = {
      pid: 2 ** 30,
      pidStart: "1",
      kubeconfig: "/nowhere",
      context: "c",
      server: "",
      ingress: "",
      startedAt: "",
    };
    writeState(homeDirectory, state);
    const { world } = createTestWorld({ homeDirectory });
    await expect(world.connect({})).rejects.toThrow("kubeless local up");
  });

  test("is never another one than was named", async () => {
    const { world } = createTestWorld({
      homeDirectory: machine({ hasHome: false }),
      environment: { KUBECONFIG: "/nowhere" },
    });
    await expect(world.connect({})).rejects.toThrow("/nowhere does not exist");
    const { world: other } = createTestWorld({ homeDirectory: machine() });
    await expect(other.connect({ context: "prod" })).rejects.toThrow(
      'There is no context "prod" (there are: home, other)',
    );
  });
});
