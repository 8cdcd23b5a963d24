import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterName, openTestCluster, type TestCluster } from "../fixtures/test-cluster.ts";
import { createTestWorld } from "../fixtures/test-world.ts";
import { functions } from "../function/function-object.ts";
import { run } from "../run.ts";
import { watchObject } from "../watch-object.ts";

describe(`dev against ${clusterName}`, () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openTestCluster();
  });
  afterAll(() => cluster.close());

  /** Answers as the function controller would, as soon as the function holds this text. */
  const serve = async (name: string, text: string, status: "True" | "False", reason: string) => {
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

  test("refuses a URL, and a name that nothing can be made of", async () => {
    expect((await cluster.run("dev", "https://example.com/a.js")).stderr).toContain(
      "a URL cannot be followed",
    );
    expect((await cluster.run("dev", "日本.js")).stderr).toContain("say one with --name");
  });
});
