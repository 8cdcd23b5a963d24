import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, vi } from "vitest";
import type { TestCluster } from "../../cluster/test-cluster.ts";
import { fixture } from "../../fixtures.ts";
import { onEachCluster } from "../../on-each-cluster.ts";

/** Kubernetes names a Job by the minute of its tick, so that this is once a minute, the first time after five seconds. */
const often = ["--schedule", "@every 5s", "--concurrency-policy", "Forbid"];

const deploy = ({ kubeless }: TestCluster, name: string, file: string) =>
  kubeless("function", "deploy", name, "-f", fixture(file), "--wait");

/** Resolves with the function's log once it says what is looked for. */
async function untilLogged(
  { kubeless }: Pick<TestCluster, "kubeless">,
  name: string,
  wanted: RegExp,
): Promise<string> {
  for (;;) {
    const log = await kubeless("function", "logs", name);
    if (wanted.test(log)) return log;
    await setTimeout(500);
  }
}

const reasonOf = (type: string, reason: string) =>
  `--for=jsonpath={.status.conditions[?(@.type=="${type}")].reason}=${reason}`;

onEachCluster(
  "cron triggers",
  (scenario) => {
    scenario(
      "calls its function each minute, as its log shows, then by another schedule, and leaves nothing",
      async (cluster) => {
        const { kubeless, kubectl } = cluster;
        await deploy(cluster, "tick", "tick.js");
        await kubeless(
          "trigger",
          "cronjob",
          "create",
          "tick",
          "--function",
          "tick",
          "--schedule",
          "* * * * *",
        );
        const log = await untilLogged(cluster, "tick", /tick GET/);
        expect(log).toMatch(
          /tick GET cronjobtrigger\.kubeless\.io trigger-tick-\d+ \d{4}-\d\d-\d\d \d\d:\d\d:00\+00:00/,
        );
        await kubectl("wait", "cronjobtrigger/tick", "--for=condition=LastRunSucceeded", "--timeout=30s");
        expect(await kubeless("trigger", "cronjob", "describe", "tick")).toMatch(/^Last run: .*Succeeded/m);
        await kubeless("trigger", "cronjob", "update", "tick", "--schedule", "*/60 * * * *");
        const changed = "--for=jsonpath={.spec.schedule}=*/60 * * * *";
        await kubectl("wait", "cronjob/trigger-tick", changed, "--timeout=30s");
        await kubeless("trigger", "cronjob", "delete", "tick");
        await kubectl("wait", "cronjob/trigger-tick", "--for=delete", "--timeout=30s");
      },
      ["a cluster's kubectl"],
    );

    scenario(
      "a function that is deployed with a schedule is called by it, without a body",
      async ({ kubeless }) => {
        await kubeless(
          "function",
          "deploy",
          "scheduled",
          "-f",
          fixture("tick.js"),
          "--schedule",
          "* * * * *",
          "--wait",
        );
        await untilLogged({ kubeless }, "scheduled", /tick GET \S+ trigger-scheduled-\d+/);
        await kubeless("trigger", "cronjob", "delete", "scheduled");
      },
    );

    scenario(
      "a payload of 256 KB with quotes, dollars and newlines arrives unchanged",
      async (cluster) => {
        const text = `'"$HOME \`id\` \\ $(id) é\n`.repeat(12_000).slice(0, 225_000);
        const folder = await mkdtemp(join(tmpdir(), "payload-"));
        const file = join(folder, "payload.json");
        const payload = JSON.stringify({ text });
        expect(Buffer.byteLength(payload)).toBeGreaterThan(256 * 1024);
        await writeFile(file, payload);
        await deploy(cluster, "big", "digest.js");
        await cluster.kubeless(
          "trigger",
          "cronjob",
          "create",
          "big",
          "--function",
          "big",
          ...often,
          "-f",
          file,
        );
        await rm(folder, { recursive: true });
        const digest = createHash("sha256").update(text).digest("hex");
        const log = await untilLogged(cluster, "big", /digest /);
        await cluster.kubeless("trigger", "cronjob", "update", "big", "--suspend");
        expect(log).toContain(`digest application/json ${digest}`);
      },
      ["a cluster's kubectl"],
    );

    scenario(
      "a run that fails is tried again with the id of its tick",
      async (cluster) => {
        const { kubeless, kubectl } = cluster;
        await deploy(cluster, "flaky", "flaky.js");
        const argv = ["--function", "flaky", ...often, "--backoff-limit", "2"];
        await kubeless("trigger", "cronjob", "create", "flaky", ...argv);
        const log = await untilLogged(cluster, "flaky", /call 2 /);
        const [, first] = /call 1 (\S+)/.exec(log) ?? [];
        const [, second] = /call 2 (\S+)/.exec(log) ?? [];
        expect(first).toMatch(/^trigger-flaky-\d+$/);
        expect(second).toBe(first);
        await kubectl("wait", "cronjobtrigger/flaky", "--for=condition=LastRunSucceeded", "--timeout=90s");
        await kubeless("trigger", "cronjob", "update", "flaky", "--suspend");
      },
      ["a cluster's kubectl"],
    );

    scenario(
      "waits, suspended, for its function, and says what a failing one answered",
      async (cluster) => {
        const { kubeless, kubectl } = cluster;
        await kubeless("trigger", "cronjob", "create", "early", "--function", "early", ...often);
        await kubectl("wait", "cronjobtrigger/early", reasonOf("Ready", "FunctionNotFound"), "--timeout=30s");
        const isSuspended = ["get", "cronjob", "trigger-early", "-o", "jsonpath={.spec.suspend}"];
        expect(await kubectl(...isSuspended)).toBe("true");
        await deploy(cluster, "early", "fails.js");
        await kubectl("wait", "cronjobtrigger/early", reasonOf("Ready", "LastRunFailed"), "--timeout=90s");
        // Where an address without a ready pod takes connections and drops them, the first run fails of that.
        const isTold = async () =>
          expect(await kubeless("trigger", "cronjob", "describe", "early")).toMatch(
            /answered 500: .*no such customer/,
          );
        await vi.waitFor(isTold, { timeout: 150_000, interval: 1000 });
        await kubeless("trigger", "cronjob", "update", "early", "--suspend");
      },
      ["a cluster's kubectl"],
    );

    scenario(
      "an old object's {} is posted, and a schedule that there is not delays nobody",
      async (cluster) => {
        const { apply, kubectl, kubeless } = cluster;
        const trigger = (name: string, spec: object) => ({
          apiVersion: "kubeless.io/v1beta1",
          kind: "CronJobTrigger",
          metadata: { name },
          spec: { "function-name": "old", concurrencyPolicy: "Forbid", ...spec },
        });
        await apply(trigger("bad", { schedule: "61 * * * *" }));
        await kubectl("wait", "cronjobtrigger/bad", reasonOf("Ready", "InvalidSchedule"), "--timeout=30s");
        await deploy(cluster, "old", "tick.js");
        await apply(trigger("old", { schedule: "@every 5s", payload: {} }));
        await untilLogged(cluster, "old", /tick POST cronjobtrigger\.kubeless\.io trigger-old-\d+/);
        await kubeless("trigger", "cronjob", "update", "old", "--suspend");
      },
      ["a cluster's kubectl"],
    );
  },
  { controllers: ["function-controller", "cronjob-trigger"], timeoutMs: 240_000 },
);
