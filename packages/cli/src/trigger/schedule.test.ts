import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterName, openTestCluster, type TestCluster } from "../fixtures/test-cluster.ts";
import { createTestWorld } from "../fixtures/test-world.ts";
import { functions } from "../function/function-object.ts";
import { run } from "../run.ts";
import type { World } from "../world.ts";
import { newSchedule } from "./schedule.ts";
import { triggerKinds } from "./trigger-object.ts";

describe(`function deploy --schedule against ${clusterName}`, () => {
  let cluster: TestCluster;
  const folder = mkdtempSync(join(tmpdir(), "schedule-"));
  writeFileSync(join(folder, "a.js"), "exports.b = () => 1;");
  beforeAll(async () => {
    cluster = await openTestCluster({ workingDirectory: folder });
  });
  afterAll(() => cluster.close());

  const deploy = (name: string, ...argv: string[]) =>
    cluster.run("function", "deploy", name, "-f", "a.js", "--schedule", ...argv);
  const isThere = async (name: string) =>
    (await cluster.client.find(functions, { namespace: cluster.namespace, name })) !== undefined;

  test("makes the function and a trigger of its name without payload", async () => {
    expect(await deploy("both", "@hourly")).toMatchObject({ code: 0, stdout: "" });
    expect(await isThere("both")).toBe(true);
    const trigger = await cluster.client.get(triggerKinds.cronjob, {
      namespace: cluster.namespace,
      name: "both",
    });
    expect(trigger.spec).toMatchObject({ "function-name": "both", schedule: "@hourly", payload: null });
  });

  test("makes nothing when a trigger of that name exists, or the schedule is none", async () => {
    const schedule = ["--function", "other", "--schedule", "@daily"];
    await cluster.run("trigger", "cronjob", "create", "taken", ...schedule);
    expect(await deploy("taken", "@hourly")).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("The CronJobTrigger taken already exists"),
    });
    expect(await isThere("taken")).toBe(false);
    expect(await deploy("never", "61 * * * *")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--schedule: The minute "61" is outside of 0 to 59.'),
    });
    expect(await isThere("never")).toBe(false);
  });

  test("says that the function stands when somebody makes a trigger of that name meanwhile", async () => {
    const { world, stderr } = createTestWorld(cluster.world);
    const other = newSchedule("raced", "@daily", cluster.namespace);
    const connect: World["connect"] = async (target) => {
      const found = await world.connect(target);
      const create = (async (kind, object, options) => {
        const made = await found.client.create(kind, object, options);
        if (kind.kind === functions.kind) await cluster.client.create(triggerKinds.cronjob, other);
        return made;
      }) as typeof found.client.create;
      return { ...found, client: { ...found.client, create } };
    };
    const argv = ["function", "deploy", "raced", "-f", "a.js", "--schedule", "@hourly"];
    expect(await run([...argv, "-n", cluster.namespace], { ...world, connect })).toBe(1);
    expect(stderr.text()).toContain("Function raced was created, its schedule was not.");
    const advice = `Change it: kubeless trigger cronjob update raced -n ${cluster.namespace}.`;
    expect(stderr.text()).toContain(advice);
    expect(await isThere("raced")).toBe(true);
  });

  test.each([
    ["client", "yaml"],
    ["server", "yaml"],
    ["server", "wide"],
    ["none", "yaml"],
  ])("with --dry-run=%s -o %s prints two YAML documents", async (dryRun, output) => {
    const { code, stdout } = await deploy(
      `${dryRun}-${output}`,
      "@hourly",
      "--dry-run",
      dryRun,
      "-o",
      output,
    );
    expect(code).toBe(0);
    expect(loadAll(stdout)).toMatchObject([{ kind: "Function" }, { kind: "CronJobTrigger" }]);
    expect(await isThere(`${dryRun}-${output}`)).toBe(dryRun === "none");
  });

  test.each(["client", "server"])(
    "with --dry-run=%s prints names and JSON without separators",
    async (dryRun) => {
      const named = await deploy("named", "@hourly", "--dry-run", dryRun, "-o", "name");
      expect(named.stdout).toBe("function.kubeless.io/named\ncronjobtrigger.kubeless.io/named\n");
      expect((await deploy("named", "@hourly", "--dry-run", dryRun, "-o", "json")).stdout).not.toContain(
        "---",
      );
    },
  );
});
