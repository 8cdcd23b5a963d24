import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { conditionOf, statusOf, useTestPlatform, type Watched } from "./platform-fixture.ts";

/** The smallest schedule there is: the first run is due a second after the trigger's CronJob is made. */
const schedule = "@every 1s";

describe("a CronJobTrigger on the local platform", { timeout: 120_000 }, () => {
  const platform = useTestPlatform();
  const trigger = (name: string, spec: object) =>
    platform.create("cronjobtriggers", "CronJobTrigger", name, spec);
  const until = (name: string, is: (trigger: Watched) => boolean) =>
    platform.until("cronjobtriggers", name, is);

  test("calls its function with the payload when it is time, up to 256 KB of it", async () => {
    const seen = join(platform.directory, "seen.json");
    await platform.deploy(
      "keeps",
      `exports.handler = (event) => {
        const kept = { type: event["event-type"], namespace: event["event-namespace"], data: event.data };
        require("node:fs").writeFileSync(${JSON.stringify(seen)}, JSON.stringify(kept));
        return "kept";
      };`,
    );
    const text = "ü".repeat(131_000);
    await trigger("big", { "function-name": "keeps", schedule, payload: { text } });
    const ended = await until("big", (it) => statusOf(it, "LastRunSucceeded") !== "Unknown");
    expect(conditionOf(ended, "LastRunSucceeded")).toMatchObject({
      status: "True",
      reason: "LastRunSucceeded",
    });
    expect(conditionOf(ended, "Ready")).toMatchObject({ status: "True" });
    expect(JSON.parse(readFileSync(seen, "utf8"))).toMatchObject({
      type: "application/json",
      data: { text },
    });
  });

  test("waits, suspended, for a function that is not there, and runs when it is deployed", async () => {
    await trigger("early", { "function-name": "late", schedule });
    const waiting = await until("early", (it) => statusOf(it, "Scheduled") === "False");
    expect(conditionOf(waiting, "FunctionFound")).toMatchObject({
      status: "False",
      reason: "FunctionNotFound",
    });
    expect(await platform.cronJob("trigger-early")).toMatchObject({ spec: { suspend: true } });
    await platform.deploy("late", `exports.handler = () => "at last";`);
    const ran = await until("early", (it) => it.status?.lastRun !== undefined);
    expect(conditionOf(ran, "Scheduled")).toMatchObject({ status: "True" });
  });

  test("says what a failing function answered", async () => {
    await platform.deploy("fails", `exports.handler = () => { throw new Error("the disk is full"); };`);
    await trigger("unlucky", { "function-name": "fails", schedule });
    const failed = await until("unlucky", (it) => statusOf(it, "LastRunSucceeded") === "False");
    expect(conditionOf(failed, "LastRunSucceeded")).toMatchObject({
      reason: "LastRunFailed",
      message: expect.stringMatching(/answered 500: .*the disk is full/),
    });
    expect(conditionOf(failed, "Ready")).toMatchObject({ status: "False", reason: "LastRunFailed" });
  });
});
