import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import { fixture } from "../../fixtures.ts";
import { onEachCluster } from "../../on-each-cluster.ts";

onEachCluster(
  "a tick that was missed while the function was absent",
  (scenario) => {
    scenario(
      "is made up within startingDeadlineSeconds, 100 unless said, and not after",
      async ({ kubeless, kubectl }) => {
        const argv = ["--function", "absent", "--schedule", "* * * * *"];
        await kubeless("trigger", "cronjob", "create", "patient", ...argv);
        await kubeless(
          "trigger",
          "cronjob",
          "create",
          "strict",
          ...argv,
          "--starting-deadline-seconds",
          "10",
        );
        await kubectl(
          "wait",
          "cronjob/trigger-strict",
          "cronjob/trigger-patient",
          "--for=create",
          "--timeout=30s",
        );
        // The tick passes, and the ten seconds in which the strict one would still have been started.
        const missed = Math.floor(Date.now() / 60_000) + 1;
        await setTimeout(missed * 60_000 + 12_000 - Date.now());
        await kubeless("function", "deploy", "absent", "-f", fixture("tick.js"), "--wait");
        const madeUp = "--for=jsonpath={.status.lastRun.result}=Succeeded";
        await kubectl("wait", "cronjobtrigger/patient", madeUp, "--timeout=90s");
        // A Job has the minute of its tick in its name.
        const jobs = await kubectl("get", "jobs", "-o", "name");
        expect(jobs).toContain(`trigger-patient-${missed}`);
        expect(jobs).not.toContain(`trigger-strict-${missed}`);
      },
      ["a cluster's kubectl"],
    );
  },
  { controllers: ["function-controller", "cronjob-trigger"], timeoutMs: 240_000 },
);
