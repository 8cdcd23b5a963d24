import { resources } from "@kubeless/api-types";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { runIn } from "../fixtures/test-world.ts";

const create = (...argv: readonly string[]) => runIn({}, "trigger", ...argv);
const selector = ["--function-selector", "function=hello"];

describe("--dry-run=client of a trigger where there is no cluster", () => {
  test.each([
    ["HTTPTrigger", ["http", "create", "a", "--function-name", "hello", "--hostname", "a.example.com"]],
    ["CronJobTrigger", ["cronjob", "create", "a", "--function", "hello", "--schedule", "@hourly"]],
    ["KafkaTrigger", ["kafka", "create", "a", "--trigger-topic", "t", ...selector]],
    ["NATSTrigger", ["nats", "create", "a", "--trigger-topic", "t", ...selector]],
    [
      "KinesisTrigger",
      ["kinesis", "create", "a", "--stream", "s", "--aws-region", "r", "--function-name", "hello"],
    ],
  ])("prints a whole %s", async (kind, argv) => {
    const { code, stdout, stderr } = await create(...argv, "--dry-run=client", "-n", "mine");
    expect({ code, stderr: stderr.replace(/^Warning: it is not checked .*\n/, "") }).toEqual({
      code: 0,
      stderr: "",
    });
    const made = load(stdout);
    expect(made).toMatchObject({ kind, metadata: { name: "a", namespace: "mine" } });
    expect(resources.find((resource) => resource.kind === kind)?.parse(made)).toMatchObject({ ok: true });
  });

  test("says that it is not known whether there is the function", async () => {
    const { stderr } = await create(
      "cronjob",
      "create",
      "a",
      "--function",
      "f",
      "--schedule",
      "@daily",
      "--dryrun",
    );
    expect(stderr).toMatch(/^Warning: it is not checked that there is a function f\. No cluster found/);
  });

  test("wants a host name, for there is no cluster to make one up for", async () => {
    const { code, stdout, stderr } = await create("http", "create", "a", "--function-name", "f", "--dryrun");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/--hostname is required/);
  });

  test("still says what is wrong with the object", async () => {
    const { code, stderr } = await create(
      "kafka",
      "create",
      "A_B",
      "--trigger-topic",
      "t",
      ...selector,
      "--dryrun",
    );
    expect(code).toBe(1);
    expect(stderr).toContain("metadata.name");
  });

  test.each([
    ["without it", []],
    ["for one on the server", ["--dry-run=server"]],
    ["when a context is named that does not exist", ["--dry-run=client", "--context", "prod"]],
  ])("a cluster is needed %s", async (_, argv) => {
    const { code, stdout, stderr } = await create(
      "kafka",
      "create",
      "a",
      "--trigger-topic",
      "t",
      ...selector,
      ...argv,
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("kubeless local up");
  });
});
