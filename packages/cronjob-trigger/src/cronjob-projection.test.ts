import type { Reason } from "@kubeless/api-types";
import type { Children, ConditionStatement, Fault, Outcome } from "@kubeless/controller-kit";
import { dump } from "js-yaml";
import { describe, expect, test } from "vitest";
import { createCronJobProjection } from "./cronjob-projection.ts";
import { childOf, functionOf, inputsOf, jobOf, podOf, triggerOf } from "./fixtures/objects.ts";

const now = new Date("2026-11-24T10:02:00Z");
const projection = createCronJobProjection({
  namespace: "kubeless",
  image: "ghcr.io/kubeless/cronjob-trigger:0.1.0",
  now: () => now,
});
const fine: Outcome<Reason> = { writeFaults: [] };
const complete = {
  startTime: "2026-11-24T10:00:00Z",
  completionTime: "2026-11-24T10:00:03Z",
  conditions: [{ type: "Complete", status: "True" }],
};
const failed = {
  startTime: "2026-11-24T10:00:00Z",
  conditions: [
    {
      type: "Failed",
      status: "True",
      message: "Job has reached the specified backoff limit",
      lastTransitionTime: "2026-11-24T10:00:09Z",
    },
  ],
};

describe("a trigger in, objects out (fixtures/golden/, one file a case)", () => {
  test.each([
    { title: "a plain trigger" },
    {
      title: "a payload",
      spec: { payload: { text: 'it\'s "quoted" $HOME `id` \n', list: [1, null, true] } },
    },
    { title: "an empty object is a payload, as old objects mean it", spec: { payload: {} } },
    { title: "null is no payload", spec: { payload: null } },
    {
      title: "everything at once",
      spec: {
        timeZone: "Europe/Berlin",
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: 30,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 5,
        backoffLimit: 2,
        suspend: true,
      },
      target: functionOf(
        { timeout: "30", service: { ports: [{ name: "http-function-port", port: 9090, targetPort: 8081 }] } },
        { team: "x", tier: "function's", function: "hello" },
      ),
      metadata: {
        labels: { tier: "trigger's" },
        annotations: { "example.com/owner": "me", "kubectl.kubernetes.io/last-applied-configuration": "{}" },
      },
    },
  ])("$title", async ({ title, spec = {}, target = functionOf(), metadata = {} }) => {
    const { objects } = projection.render(triggerOf(spec, metadata), inputsOf(target), []) as Children;
    await expect(
      objects.map((object) => dump(object, { noRefs: true, sortKeys: false })).join("---\n"),
    ).toMatchFileSnapshot(`fixtures/golden/${title.replaceAll(/[^a-z]+/gi, "-")}.yaml`);
  });

  test.each([
    [0, 240],
    [1, 2 * 240 + 10],
    [7, 8 * 240 + 10 + 20 + 40 + 80 + 160 + 320 + 360],
    [2_147_483_647, 2_147_483_648 * 240 + 630 + 2_147_483_641 * 360],
  ])("%d retries, with what Kubernetes waits between them, have %d s", (backoffLimit, seconds) => {
    const { objects } = projection.render(
      triggerOf({ backoffLimit }),
      inputsOf(functionOf()),
      [],
    ) as Children;
    expect(objects.at(-1)).toMatchObject({
      spec: { jobTemplate: { spec: { backoffLimit, activeDeadlineSeconds: seconds } } },
    });
  });

  test("without its function the CronJob is suspended, and no pod fails for want of it", () => {
    const { objects } = projection.render(triggerOf(), inputsOf(undefined), []) as Children;
    expect(objects).toMatchObject([{ kind: "CronJob", spec: { suspend: true } }]);
  });

  test("a payload that changes is another ConfigMap, and the one a run still uses stays", () => {
    const volumes = [{ configMap: { name: "trigger-nightly-payload-0" } }];
    const children = [0, 1].map((number) =>
      childOf({ kind: "ConfigMap", metadata: { name: `trigger-nightly-payload-${number}` } }),
    );
    const under = (status: object) =>
      (
        projection.render(
          triggerOf({ payload: 1 }),
          inputsOf(functionOf(), [jobOf("run", status, volumes)]),
          children,
        ) as Children
      ).keep;
    expect(under({ active: 1 })).toEqual([
      { kind: "ConfigMap", metadata: { name: "trigger-nightly-payload-0" } },
    ]);
    expect(under(complete)).toEqual([]);
    expect(under(failed)).toEqual([]);
  });
});

describe("a trigger that cannot be worked with says which field and why", () => {
  test.each([
    [
      { schedule: "61 * * * *" },
      {},
      "InvalidSchedule",
      'spec.schedule: The minute "61" is outside of 0 to 59.',
    ],
    [
      { timeZone: "Mars/Olympus" },
      {},
      "InvalidSchedule",
      "spec.timeZone: Mars/Olympus is not a time zone of the IANA database, such as Europe/Berlin or Etc/UTC.",
    ],
    [{}, { name: "x".repeat(45) }, "InvalidSpec", "metadata.name: write at most 44 characters"],
    [{ schedule: undefined }, {}, "InvalidSpec", "spec.schedule"],
  ])("%j %j", (spec, metadata, reason, message) => {
    const fault = projection.render(triggerOf(spec, metadata), inputsOf(functionOf()), []) as Fault<Reason>;
    expect(fault).toMatchObject({ fault: true, reason });
    expect(fault.message).toContain(message);
    const { conditions } = projection.observe(triggerOf(spec, metadata), [], inputsOf(functionOf()), {
      fault,
      writeFaults: [],
    });
    expect(conditions[0]).toMatchObject({ type: "Ready", status: "False", reason });
  });

  test("also of a payload that no ConfigMap holds, in bytes", () => {
    const renderPayload = (payload: string) =>
      projection.render(triggerOf({ payload }), inputsOf(functionOf()), []);
    expect(renderPayload("é".repeat(524_288))).toMatchObject({
      reason: "InvalidSpec",
      message: expect.stringContaining("spec.payload: it is 1048578 bytes as JSON"),
    });
    expect(renderPayload("é".repeat(524_287))).not.toHaveProperty("fault");
  });
});

describe("a trigger that became bad", () => {
  const bad = { schedule: "61 * * * *" };
  const cronJob = childOf({ apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "trigger-nightly" } });

  test("keeps the CronJob that it had, and says so", () => {
    const fault = projection.render(triggerOf(bad), inputsOf(functionOf()), [cronJob]) as Fault<Reason>;
    expect(fault).toMatchObject({ fault: true, reason: "InvalidSchedule" });
    const outcome = { fault, writeFaults: [] };
    const { conditions } = projection.observe(triggerOf(bad), [cronJob], inputsOf(functionOf()), outcome);
    expect(conditions.find(({ type }) => type === "Scheduled")?.message).toBe(
      "The CronJob is left as it was until the trigger is corrected.",
    );
  });

  test.each([
    ["it is suspended", { ...bad, suspend: true }, inputsOf(functionOf())],
    ["its function is missing", bad, inputsOf(undefined)],
  ])("has none when %s, for no run may start", (_, spec, inputs) => {
    expect(projection.render(triggerOf(spec), inputs, [cronJob])).toEqual({ objects: [] });
    const { conditions } = projection.observe(triggerOf(spec), [], inputs, fine);
    expect(conditions[0]).toMatchObject({ type: "Ready", status: "False", reason: "InvalidSchedule" });
  });
});

describe("the status", () => {
  const cronJob = (status: object = {}) =>
    childOf({ apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "trigger-nightly" } }, status);
  const statusOf = (spec: object, inputs = inputsOf(functionOf()), outcome = fine, children = [cronJob()]) =>
    projection.observe(triggerOf({ ...spec }), children, inputs, outcome);
  const ready = (status: { conditions: readonly ConditionStatement[] }) =>
    status.conditions.find(({ type }) => type === "Ready");

  test("is ready before the first run, and says when that is", () => {
    const status = statusOf({});
    expect(ready(status)).toEqual({
      type: "Ready",
      status: "True",
      reason: "Ready",
      message: 'The CronJob trigger-nightly starts a run by "*/5 * * * *".',
    });
    expect(status).toMatchObject({
      cronJob: "trigger-nightly",
      active: 0,
      nextScheduleTime: "2026-11-24T10:05:00Z",
    });
  });

  test("tells the last run's result and duration", () => {
    const status = statusOf({}, inputsOf(functionOf(), [jobOf("trigger-nightly-1", complete)]), fine, [
      cronJob({ lastScheduleTime: "2026-11-24T10:00:00Z", lastSuccessfulTime: "2026-11-24T10:00:03Z" }),
    ]);
    expect(status).toMatchObject({
      lastScheduleTime: "2026-11-24T10:00:00Z",
      lastSuccessfulTime: "2026-11-24T10:00:03Z",
      lastRun: {
        job: "trigger-nightly-1",
        result: "Succeeded",
        startTime: "2026-11-24T10:00:00Z",
        durationSeconds: 3,
      },
    });
    expect(ready(status)?.status).toBe("True");
  });

  test("a last run that failed is what Ready says, with its pod's last words", () => {
    const pods = [
      podOf("trigger-nightly-1", "2026-11-24T10:00:01Z", "first try"),
      podOf(
        "trigger-nightly-1",
        "2026-11-24T10:00:05Z",
        "http://hello.default.svc:8080/ answered 500: out of paper",
      ),
    ];
    const status = statusOf({}, inputsOf(functionOf(), [jobOf("trigger-nightly-1", failed)], pods));
    expect(ready(status)).toMatchObject({
      status: "False",
      reason: "LastRunFailed",
      message:
        "trigger-nightly-1 failed: http://hello.default.svc:8080/ answered 500: out of paper. See kubectl logs job/trigger-nightly-1.",
    });
  });

  test("of a run that left no word, Kubernetes' own are told", () => {
    expect(
      ready(statusOf({}, inputsOf(functionOf(), [jobOf("trigger-nightly-1", failed)])))?.message,
    ).toContain("backoff limit");
  });

  test.each([
    [
      "the function is missing",
      {},
      inputsOf(undefined),
      fine,
      "FunctionNotFound",
      "There is no Function hello in default: no run is started until it is deployed.",
    ],
    [
      "it is suspended",
      { suspend: true },
      inputsOf(functionOf()),
      fine,
      "Suspended",
      "spec.suspend is true: no run is started.",
    ],
    [
      "a foreign CronJob has its name",
      {},
      inputsOf(functionOf()),
      {
        writeFaults: [
          {
            child: { apiVersion: "batch/v1", kind: "CronJob", name: "trigger-nightly" },
            reason: "NotOurs",
            message: "",
          },
        ],
      },
      "ConflictingObject",
      "A CronJob trigger-nightly exists and is not this trigger's: rename the trigger, or delete that object.",
    ],
  ])("says what hinders when %s", (_, spec, inputs, outcome, reason, message) => {
    expect(ready(statusOf(spec, inputs, outcome))).toEqual({
      type: "Ready",
      status: "False",
      reason,
      message,
    });
  });
});
