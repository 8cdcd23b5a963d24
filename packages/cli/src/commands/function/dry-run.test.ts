import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cronJobTriggerResource, functionResource } from "@kubeless/api-types";
import { load, loadAll } from "js-yaml";
import { describe, expect, test } from "vitest";
import { runIn } from "../../fixtures/test-world.ts";

const workingDirectory = mkdtempSync(join(tmpdir(), "cli-"));
writeFileSync(join(workingDirectory, "hello.ts"), "export const greet = (): string => 'hi';\n");

const run = (...argv: string[]) => runIn({ workingDirectory }, ...argv);
const deploy = (...argv: string[]) => run("function", "deploy", "hello", "-f", "hello.ts", ...argv);

describe("--dry-run=client where there is no cluster", () => {
  test("prints a whole Function for the usual runtimes, and says that nobody was asked", async () => {
    const { code, stdout, stderr } = await deploy("--dry-run=client", "--memory", "128Mi");
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/Warning: the runtime is not checked\..*No cluster found/),
    });
    const made = load(stdout);
    expect(functionResource.parse(made)).toMatchObject({ ok: true });
    expect(made).toMatchObject({
      metadata: { name: "hello", namespace: "default" },
      spec: { handler: "hello.greet", runtime: expect.stringMatching(/^typescript\d+$/) },
    });
  });

  test("takes the namespace that is said", async () => {
    const { stdout } = await deploy("--dryrun", "-n", "mine", "-o", "json");
    expect(JSON.parse(stdout)).toMatchObject({ metadata: { namespace: "mine" } });
  });

  test("does so too where a cluster is named that does not answer, for the namespace of its context", async () => {
    const kubeconfig = join(workingDirectory, "config");
    const context = { name: "c", context: { cluster: "c", user: "u", namespace: "of-c" } };
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        "current-context": "c",
        clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
        users: [{ name: "u", user: {} }],
        contexts: [context],
      }),
    );
    const { code, stdout, stderr } = await deploy("--dry-run=client", "--kubeconfig", kubeconfig);
    expect(code).toBe(0);
    expect(stderr).toMatch(/Warning: the runtime is not checked\..*connection refused/);
    expect(load(stdout)).toMatchObject({ metadata: { namespace: "of-c" } });
  });

  test("prints what --schedule makes behind it", async () => {
    const { code, stdout } = await deploy("--dry-run=client", "--schedule", "@hourly");
    const [made, schedule] = loadAll(stdout);
    expect(code).toBe(0);
    expect(functionResource.parse(made)).toMatchObject({ ok: true });
    expect(cronJobTriggerResource.parse(schedule)).toMatchObject({ ok: true });
  });

  test("takes a runtime that it does not know, for an administrator may have made it", async () => {
    const { code, stdout } = await deploy(
      "--dry-run=client",
      "--runtime",
      "deno2",
      "--handler",
      "hello.greet",
    );
    expect(code).toBe(0);
    expect(load(stdout)).toMatchObject({ spec: { runtime: "deno2" } });
  });

  test("still says what is wrong with the object", async () => {
    const { code, stderr } = await deploy("--dry-run=client", "--timeout", "soon");
    expect(code).toBe(1);
    expect(stderr).toMatch(/spec\.timeout: write whole seconds/);
  });

  test.each([
    ["without it", []],
    ["for one on the server", ["--dry-run=server"]],
    ["when a context is named that does not exist", ["--dry-run=client", "--context", "prod"]],
    ["when a kubeconfig is named that does not exist", ["--dry-run=client", "--kubeconfig", "/nowhere"]],
  ])("a cluster is needed %s", async (_, argv) => {
    const { code, stdout, stderr } = await deploy(...argv);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("kubeless local up");
  });
});
