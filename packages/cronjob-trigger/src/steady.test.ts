import { resources } from "@kubeless/controller-kit";
import { holdSteady } from "@kubeless/controller-kit/testing";
import { test } from "vitest";
import { openController, triggers } from "./fixtures/controller.ts";

test("a hand's change of the CronJob comes back, and a second start writes only what is to be changed", async () => {
  await holdSteady(await openController(), {
    trigger: triggers,
    spec: { "function-name": "hello", schedule: "@hourly" },
    child: resources.cronJobs,
    childName: "trigger-hello",
  });
});
