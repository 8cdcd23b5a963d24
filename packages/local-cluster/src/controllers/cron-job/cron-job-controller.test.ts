import { expect, test } from "vitest";
import type { KubeObject } from "../../api/cluster-api.ts";
import { startTestControllers, type TestControllers } from "../controller-fixture.ts";
import { startGarbageCollector } from "../garbage-collector.ts";
import type { Job } from "../job/job.ts";
import { eventsOf, podTemplate } from "../job/job-fixture.ts";
import type { CronJob } from "./cron-job.ts";
import { startCronJobController } from "./cron-job-controller.ts";

const minuteMs = 60_000;
/** Minutes from the epoch to where the tests' clock begins. */
const begin = Date.parse("2030-01-01T00:00:00Z") / minuteMs;

interface Steps extends TestControllers {
  start(name: string, spec: object): Promise<void>;
  cronJob(name: string): CronJob;
  jobs(): readonly string[];
  end(name: string, type: "Complete" | "Failed"): Promise<void>;
  pass(ms: number): Promise<void>;
  change(name: string, spec: object): Promise<void>;
  events(name: string): readonly string[];
}

async function startCronJobs(): Promise<Steps> {
  const controllers = await startTestControllers([startCronJobController, startGarbageCollector]);
  const { api, clock, settled } = controllers;
  const cronJob = (name: string) => {
    const found = api.get<CronJob>("cronjobs.batch", "default", name);
    if (found === undefined) throw new Error(`there is no cron job ${name}`);
    return found;
  };
  return {
    ...controllers,
    cronJob,
    async start(name, spec) {
      const jobTemplate = { spec: { template: podTemplate() } };
      api.create("cronjobs.batch", {
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: { name, namespace: "default" },
        spec: { schedule: "* * * * *", jobTemplate, ...spec },
      });
      await settled();
    },
    jobs: () =>
      api.list<KubeObject>("jobs.batch", { namespace: "default" }).map(({ metadata }) => metadata.name),
    async end(name, type) {
      const job = api.get<Job>("jobs.batch", "default", name);
      const now = new Date(clock.now()).toISOString().replace(".000", "");
      const conditions = [{ type, status: "True", lastTransitionTime: now }];
      const times = { startTime: now, ...(type === "Complete" ? { completionTime: now } : {}) };
      api.updateStatus("jobs.batch", { ...(job as Job), status: { ...times, conditions } });
      await settled();
    },
    async pass(ms) {
      clock.advance(ms);
      await settled();
    },
    async change(name, spec) {
      api.update("cronjobs.batch", { ...cronJob(name), spec: { ...cronJob(name).spec, ...spec } });
      await settled();
    },
    events: (name) => eventsOf(api.list("events"), name),
  };
}

test("a job is made when it is due, named after the minute, with the time it was due at", async () => {
  const { api, start, jobs, pass, cronJob, end, events } = await startCronJobs();
  const jobTemplate = {
    metadata: { labels: { app: "report" }, annotations: { note: "kept" } },
    spec: { template: podTemplate() },
  };
  await start("report", { schedule: "*/2 * * * *", timeZone: "Asia/Kolkata", jobTemplate });
  await pass(2 * minuteMs - 1000);
  expect(jobs()).toEqual([]);
  await pass(1000);
  const name = `report-${begin + 2}`;
  expect(jobs()).toEqual([name]);
  expect(api.get("jobs.batch", "default", name)?.metadata).toMatchObject({
    labels: { app: "report" },
    annotations: {
      note: "kept",
      "batch.kubernetes.io/cronjob-scheduled-timestamp": "2030-01-01T05:32:00+05:30",
    },
    ownerReferences: [{ kind: "CronJob", name: "report", controller: true }],
  });
  expect(cronJob("report").status).toMatchObject({
    active: [{ kind: "Job", name, apiVersion: "batch/v1" }],
    lastScheduleTime: "2030-01-01T00:02:00Z",
  });
  await end(name, "Complete");
  expect(cronJob("report").status).toEqual({
    lastScheduleTime: "2030-01-01T00:02:00Z",
    lastSuccessfulTime: "2030-01-01T00:02:00Z",
  });
  expect(events("report")).toEqual([
    `SuccessfulCreate: Created job ${name}`,
    `SawCompletedJob: Saw completed job: ${name}, condition: Complete`,
  ]);
});

test("Allow lets runs overlap", async () => {
  const { start, jobs, pass } = await startCronJobs();
  await start("each", {});
  await pass(minuteMs);
  await pass(minuteMs);
  expect(jobs()).toEqual([`each-${begin + 1}`, `each-${begin + 2}`]);
});

test("Forbid leaves a run out while the former one works, and makes it up when that ends", async () => {
  const { start, jobs, pass, end, events } = await startCronJobs();
  await start("one", { concurrencyPolicy: "Forbid" });
  await pass(minuteMs);
  await pass(minuteMs);
  expect(jobs()).toEqual([`one-${begin + 1}`]);
  expect(events("one")).toContain(
    "JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid",
  );
  await end(`one-${begin + 1}`, "Failed");
  expect(jobs()).toContain(`one-${begin + 2}`);
});

test("Replace deletes the former run", async () => {
  const { start, jobs, pass, cronJob } = await startCronJobs();
  await start("last", { concurrencyPolicy: "Replace" });
  await pass(minuteMs);
  await pass(minuteMs);
  expect(jobs()).toEqual([`last-${begin + 2}`]);
  expect(cronJob("last").status?.active).toMatchObject([{ name: `last-${begin + 2}` }]);
});

test("while suspended nothing is made; afterwards the last missed run is, once", async () => {
  const { start, jobs, pass, change } = await startCronJobs();
  await start("held", { suspend: true });
  for (let minute = 0; minute < 3; minute += 1) await pass(minuteMs);
  expect(jobs()).toEqual([]);
  await change("held", { suspend: false });
  expect(jobs()).toEqual([`held-${begin + 3}`]);
});

test("a run that was missed by more than startingDeadlineSeconds is not made up", async () => {
  const { start, jobs, pass, change } = await startCronJobs();
  await start("strict", { schedule: "0 * * * *", suspend: true, startingDeadlineSeconds: 100 });
  await pass(62 * minuteMs);
  await change("strict", { suspend: false });
  expect(jobs()).toEqual([]);
  await pass(58 * minuteMs + 30_000);
  expect(jobs()).toEqual([`strict-${begin + 120}`]);
});

test("more than a hundred missed runs are told, and the last of them is made", async () => {
  const { start, jobs, pass, change, events } = await startCronJobs();
  await start("asleep", { suspend: true });
  await pass(101 * minuteMs);
  await change("asleep", { suspend: false });
  expect(jobs()).toEqual([`asleep-${begin + 101}`]);
  expect(events("asleep")[0]).toMatch(/^TooManyMissedTimes: too many missed start times/);
});

test("as many ended jobs are kept as the history limits say", async () => {
  const { start, jobs, pass, end } = await startCronJobs();
  await start("kept", { successfulJobsHistoryLimit: 2, failedJobsHistoryLimit: 0 });
  for (const minute of [1, 2, 3, 4]) {
    await pass(minuteMs);
    await end(`kept-${begin + minute}`, minute === 4 ? "Failed" : "Complete");
  }
  expect(jobs()).toEqual([`kept-${begin + 2}`, `kept-${begin + 3}`]);
});

test("@every counts from the last run; runs of the same minute are one", async () => {
  const { start, jobs, pass, cronJob, end } = await startCronJobs();
  await start("pulse", { schedule: "@every 20s" });
  await pass(20_000);
  expect(jobs()).toEqual([`pulse-${begin}`]);
  await end(`pulse-${begin}`, "Complete");
  await pass(20_000);
  expect(jobs()).toEqual([`pulse-${begin}`]);
  await pass(20_000);
  expect(jobs()).toEqual([`pulse-${begin}`, `pulse-${begin + 1}`]);
  expect(cronJob("pulse").status?.lastScheduleTime).toBe("2030-01-01T00:01:00Z");
});

test("a job that somebody deletes is not waited for", async () => {
  const { api, start, pass, cronJob, settled, events } = await startCronJobs();
  await start("robbed", { concurrencyPolicy: "Forbid" });
  await pass(minuteMs);
  api.delete("jobs.batch", "default", `robbed-${begin + 1}`, { propagationPolicy: "Background" });
  await settled();
  expect(cronJob("robbed").status?.active).toBeUndefined();
  expect(events("robbed").at(-1)).toBe(`MissingJob: Active job went missing: robbed-${begin + 1}`);
});

test("jobs go with their cron job", async () => {
  const { api, start, pass, jobs, settled } = await startCronJobs();
  await start("going", {});
  await pass(minuteMs);
  api.delete("cronjobs.batch", "default", "going", { propagationPolicy: "Background" });
  await settled();
  expect(jobs()).toEqual([]);
});
