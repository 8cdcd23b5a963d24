import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Reason } from "@kubeless/api-types";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openCuttablePath } from "../fixtures/cuttable-path.ts";
import { isRealCluster, openTestCluster, type TestCluster } from "../fixtures/test-cluster.ts";
import { createTestWorld } from "../fixtures/test-world.ts";
import { functions } from "../function/function-object.ts";
import { run } from "../run.ts";
import { loadSource } from "../source/source.ts";
import { watchObject } from "../watch-object.ts";

describe("dev", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openTestCluster();
  });
  afterAll(() => cluster.close());

  /** Answers as the function controller would, as soon as the function holds this text. */
  const serve = async (name: string, text: string, status: "True" | "False", reason: Reason) => {
    const at = { namespace: cluster.namespace, name };
    for await (const found of watchObject(cluster.client, functions, at, AbortSignal.timeout(20_000))) {
      if (found?.spec.function !== text) continue;
      const conditions = [
        {
          type: "Ready",
          status,
          reason,
          message: `${text} was tried.`,
          lastTransitionTime: "2026-01-01T00:00:00Z",
        },
      ];
      return cluster.setStatus(name, { observedGeneration: found.metadata.generation ?? 0, conditions });
    }
  };

  test("deploys a file, again on each save, goes on after a fault, and ends when interrupted", async () => {
    const folder = mkdtempSync(join(tmpdir(), "dev-"));
    const file = join(folder, "My Hello.js");
    const controller = new AbortController();
    const { world, stderr } = createTestWorld({ ...cluster.world, signal: controller.signal });

    writeFileSync(file, "exports.a = 1");
    const code = run(["dev", file, "-n", cluster.namespace], world);
    await serve("my-hello", "exports.a = 1", "True", "Ready");
    await stderr.until(/✓ my-hello serves .*Saving deploys/s);

    writeFileSync(file, "exports.a = (");
    await serve("my-hello", "exports.a = (", "False", "LoadFailed");
    await stderr.until(/✗ my-hello is not ready: LoadFailed/);

    writeFileSync(file, "exports.a = 2");
    await serve("my-hello", "exports.a = 2", "True", "Ready");
    await stderr.until(/✗[\s\S]*✓ my-hello serves/);

    controller.abort();
    expect(await code).toBe(0);
    expect(stderr.text()).toContain(
      "Function my-hello stays; delete it with kubeless function delete my-hello",
    );
  });

  test("deploys what was saved while the first deployment was under way", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "dev-")), "early.js");
    const controller = new AbortController();
    const { world, stderr } = createTestWorld({ ...cluster.world, signal: controller.signal });
    writeFileSync(file, "exports.a = 1");
    const code = run(["dev", file, "-n", cluster.namespace], world);
    await stderr.until(/^Cluster /m);
    writeFileSync(file, "exports.a = 2");
    await serve("early", "exports.a = 1", "True", "Ready");
    await serve("early", "exports.a = 2", "True", "Ready");
    await stderr.until(/✓ early serves[\s\S]*✓ early serves/);
    controller.abort();
    expect(await code).toBe(0);
  });

  test.skipIf(isRealCluster)(
    "waits for an API server that is lost, and deploys what was saved last when it is back",
    async () => {
      const path = await openCuttablePath(cluster.world.environment?.KUBECONFIG ?? "");
      onTestFinished(() => path.close());
      const file = join(mkdtempSync(join(tmpdir(), "dev-")), "lost.js");
      const controller = new AbortController();
      const environment = { KUBECONFIG: path.kubeconfig };
      const { world, stderr } = createTestWorld({ environment, signal: controller.signal });

      writeFileSync(file, "exports.a = 1");
      const code = run(["dev", file, "-n", cluster.namespace], world);
      await serve("lost", "exports.a = 1", "True", "Ready");
      await stderr.until(/Saving deploys/);

      await path.cut();
      writeFileSync(file, "exports.a = 2");
      await stderr.until(/The cluster does not answer .*\. Waiting for it/);
      writeFileSync(file, "exports.a = 3");
      await path.mend();
      await serve("lost", "exports.a = 3", "True", "Ready");
      await stderr.until(/Waiting for it[\s\S]*✓ lost serves/);

      controller.abort();
      expect(await code).toBe(0);
    },
  );

  test.each([
    ["a file in it", "a.js"],
    ["it", "."],
  ])("follows %s when a new folder comes in the place of the old one", async (_, place) => {
    const folder = join(mkdtempSync(join(tmpdir(), "dev-")), "dist");
    const save = (text: string) => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "a.js"), text);
    };
    const controller = new AbortController();
    const { world, stderr } = createTestWorld({ ...cluster.world, signal: controller.signal });
    save("exports.a = 1");
    const name = place === "." ? "replaced-folder" : "replaced-file";
    const flags = ["--name", name, "--handler", "a.a", "--runtime", "nodejs24", "-n", cluster.namespace];
    const code = run(["dev", join(folder, place), ...flags], world);
    const served = async () =>
      serve(name, (await loadSource(join(folder, place), world)).text, "True", "Ready");
    await served();
    await stderr.until(/Saving deploys/);

    rmSync(folder, { recursive: true });
    await stderr.until(/cannot be read/);
    save("exports.a = 2");
    await served();
    await stderr.until(/cannot be read[\s\S]*✓/);

    rmSync(folder, { recursive: true });
    save("exports.a = 3");
    await served();
    await stderr.until(/cannot be read[\s\S]*✓[\s\S]*✓/);
    controller.abort();
    expect(await code).toBe(0);
  });

  test("says what the API server refuses and goes on", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "dev-")), "refused.js");
    const controller = new AbortController();
    const { world, stderr } = createTestWorld({ ...cluster.world, signal: controller.signal });
    writeFileSync(file, "exports.a = 1");
    const code = run(["dev", file, "-n", cluster.namespace], world);
    await serve("refused", "exports.a = 1", "True", "Ready");
    await stderr.until(/Saving deploys/);

    writeFileSync(file, `exports.a = "${"x".repeat(2_000_000)}"`);
    await stderr.until(/is the limit/);
    writeFileSync(file, "exports.a = 2");
    await serve("refused", "exports.a = 2", "True", "Ready");
    await stderr.until(/is the limit[\s\S]*✓ refused serves/);
    controller.abort();
    expect(await code).toBe(0);
  });

  test("refuses a URL, and a name that nothing can be made of", async () => {
    expect((await cluster.run("dev", "https://example.com/a.js")).stderr).toContain(
      "a URL cannot be followed",
    );
    expect((await cluster.run("dev", "日本.js")).stderr).toContain("say one with --name");
  });
});
