import { expect, test } from "vitest";
import { startTestControllers, type TestControllers } from "../controller-fixture.ts";
import { startGarbageCollector } from "../garbage-collector.ts";
import { formatIndexes, parseIndexes } from "./indexes.ts";
import { startJobController } from "./job-controller.ts";
import { createJobSteps, type JobSteps, podTemplate } from "./job-fixture.ts";

const tracking = "batch.kubernetes.io/job-tracking";

async function startJobs(): Promise<TestControllers & JobSteps> {
  const controllers = await startTestControllers([startJobController]);
  return { ...controllers, ...createJobSteps(controllers) };
}

test("a job runs one pod, and is complete with it", async () => {
  const { start, job, pods, play, events } = await startJobs();
  await start("once");
  const [pod] = pods("once");
  expect(pod?.metadata).toMatchObject({
    name: expect.stringMatching(/^once-[a-z0-9]{5}$/),
    labels: { "job-name": "once", "batch.kubernetes.io/job-name": "once" },
    finalizers: [tracking],
    ownerReferences: [{ kind: "Job", name: "once", controller: true }],
  });
  expect(job("once").status).toMatchObject({ active: 1, ready: 0, startTime: "2030-01-01T00:00:00Z" });
  await play(pods("once"), "Succeeded");
  const reached = { reason: "CompletionsReached", message: "Reached expected number of succeeded pods" };
  expect(job("once").status).toEqual({
    startTime: "2030-01-01T00:00:00Z",
    completionTime: "2030-01-01T00:00:00Z",
    succeeded: 1,
    ready: 0,
    terminating: 0,
    uncountedTerminatedPods: {},
    conditions: [
      expect.objectContaining({ type: "SuccessCriteriaMet", status: "True", ...reached }),
      expect.objectContaining({ type: "Complete", status: "True", ...reached }),
    ],
  });
  expect(pods("once")[0]?.metadata.finalizers).toBeUndefined();
  expect(events("once")).toEqual(["SuccessfulCreate: Created pod: once", "Completed: Job completed"]);
});

test("no more pods work at once than parallelism says, and no more than are still needed", async () => {
  const { start, job, pods, working, play } = await startJobs();
  await start("many", { completions: 3, parallelism: 2 });
  expect(pods("many")).toHaveLength(2);
  await play(pods("many"), "Succeeded");
  expect(pods("many")).toHaveLength(3);
  expect(job("many").status).toMatchObject({ active: 1, succeeded: 2 });
  await play(working("many"), "Succeeded");
  expect(job("many").status).toMatchObject({ succeeded: 3, completionTime: expect.any(String) });
});

test("without completions the first success stops new pods, and the last pod completes the job", async () => {
  const { start, job, pods, play } = await startJobs();
  await start("queue", { parallelism: 3 });
  const [first, ...others] = pods("queue");
  await play(first ? [first] : [], "Succeeded");
  expect(pods("queue")).toHaveLength(3);
  expect(job("queue").status?.conditions).toBeUndefined();
  await play(others, "Failed");
  expect(job("queue").status).toMatchObject({ succeeded: 1, failed: 2, completionTime: expect.any(String) });
});

test("a failed pod is replaced after 10 seconds, the next one after 20", async () => {
  const { start, pods, working, play, pass } = await startJobs();
  await start("flaky");
  await play(pods("flaky"), "Failed");
  await pass(9_999);
  expect(pods("flaky")).toHaveLength(1);
  await pass(1);
  expect(pods("flaky")).toHaveLength(2);
  await play(working("flaky"), "Failed");
  await pass(19_999);
  expect(pods("flaky")).toHaveLength(2);
  await pass(1);
  expect(pods("flaky")).toHaveLength(3);
});

test("beyond backoffLimit a job fails, and the pods that still work are deleted", async () => {
  const { start, job, pods, play, events } = await startJobs();
  await start("doomed", { backoffLimit: 0, parallelism: 2, completions: 2 });
  await play(pods("doomed").slice(0, 1), "Failed");
  const words = { reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" };
  expect(job("doomed").status).toMatchObject({
    failed: 2,
    conditions: [
      { type: "FailureTarget", status: "True", ...words },
      { type: "Failed", status: "True", ...words },
    ],
  });
  expect(job("doomed").status?.completionTime).toBeUndefined();
  expect(pods("doomed")).toHaveLength(1);
  expect(events("doomed")).toContain("SuccessfulDelete: Deleted pod: doomed");
  expect(events("doomed").at(-1)).toBe("BackoffLimitExceeded: Job has reached the specified backoff limit");
});

test("restarts count when the kubelet restarts containers itself", async () => {
  const { api, start, job, pods, settled } = await startJobs();
  await start("restarting", { backoffLimit: 2, template: podTemplate("OnFailure") });
  const report = async (restartCount: number) => {
    for (const pod of pods("restarting")) {
      const containerStatuses = [{ name: "main", image: "busybox", imageID: "", ready: false, restartCount }];
      api.updateStatus("pods", { ...pod, status: { ...pod.status, phase: "Running", containerStatuses } });
    }
    await settled();
  };
  await report(1);
  expect(job("restarting").status?.conditions).toBeUndefined();
  await report(2);
  expect(job("restarting").status?.conditions?.[0]).toMatchObject({ reason: "BackoffLimitExceeded" });
});

test("activeDeadlineSeconds ends a job that is still at work", async () => {
  const { start, job, pods, play, pass } = await startJobs();
  await start("slow", { activeDeadlineSeconds: 30 });
  await play(pods("slow"), "Running");
  await pass(29_000);
  expect(job("slow").status?.conditions).toBeUndefined();
  await pass(1_000);
  expect(job("slow").status?.conditions).toMatchObject([
    {
      type: "FailureTarget",
      reason: "DeadlineExceeded",
      message: "Job was active longer than specified deadline",
    },
    { type: "Failed", reason: "DeadlineExceeded" },
  ]);
  expect(pods("slow")).toEqual([]);
});

test("a suspended job has no pods; the deadline counts from when it is resumed", async () => {
  const { api, start, job, pods, settled, pass, events } = await startJobs();
  await start("paused", { suspend: true });
  expect(pods("paused")).toEqual([]);
  expect(job("paused").status).toMatchObject({
    conditions: [{ type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" }],
  });
  await pass(5_000);
  const set = async (suspend: boolean) => {
    api.update("jobs.batch", { ...job("paused"), spec: { ...job("paused").spec, suspend } });
    await settled();
  };
  await set(false);
  expect(pods("paused")).toHaveLength(1);
  expect(job("paused").status).toMatchObject({
    startTime: "2030-01-01T00:00:05Z",
    conditions: [{ type: "Suspended", status: "False", reason: "JobResumed" }],
  });
  await set(true);
  expect(pods("paused")).toEqual([]);
  expect(job("paused").status?.failed).toBeUndefined();
  expect(events("paused")).toEqual([
    "Suspended: Job suspended",
    "SuccessfulCreate: Created pod: paused",
    "Resumed: Job resumed",
    "SuccessfulDelete: Deleted pod: paused",
  ]);
});

test("an Indexed job gives every index to one pod, and begins a failed one again", async () => {
  const { start, job, pods, working, play, pass } = await startJobs();
  await start("parts", { completionMode: "Indexed", completions: 3, parallelism: 3 });
  const indexes = () =>
    pods("parts").map(({ metadata }) => metadata.annotations?.["batch.kubernetes.io/job-completion-index"]);
  expect(indexes().sort()).toEqual(["0", "1", "2"]);
  expect(pods("parts")[0]?.spec).toMatchObject({
    hostname: expect.stringMatching(/^parts-[012]$/),
    containers: [{ env: [{ name: "JOB_COMPLETION_INDEX", valueFrom: { fieldRef: expect.any(Object) } }] }],
  });
  const of = (index: string) =>
    pods("parts").filter(
      ({ metadata }) => metadata.annotations?.["batch.kubernetes.io/job-completion-index"] === index,
    );
  await play(of("1"), "Failed");
  await play([...of("0"), ...of("2")], "Succeeded");
  expect(job("parts").status).toMatchObject({ completedIndexes: "0,2", succeeded: 2, failed: 1 });
  await pass(10_000);
  expect(of("1")).toHaveLength(2);
  await play(working("parts"), "Succeeded");
  expect(job("parts").status).toMatchObject({ completedIndexes: "0-2", succeeded: 3 });
});

test("ttlSecondsAfterFinished deletes what has ended, its pods too, and not before", async () => {
  const controllers = await startTestControllers([startJobController, startGarbageCollector]);
  const { start, pods, play, pass } = createJobSteps(controllers);
  await start("brief", { ttlSecondsAfterFinished: 60 });
  await play(pods("brief"), "Succeeded");
  await pass(59_000);
  expect(controllers.api.get("jobs.batch", "default", "brief")).toBeDefined();
  await pass(1_000);
  expect(controllers.api.get("jobs.batch", "default", "brief")).toBeUndefined();
  expect(pods("brief")).toEqual([]);
});

test("pods that ended while no controller ran are counted once by the next one", async () => {
  const { api, start, job, pods, play } = await startJobs();
  await start("told", { completions: 2, parallelism: 1 });
  const [pod] = pods("told");
  const uncountedTerminatedPods = { succeeded: [pod?.metadata.uid ?? ""] };
  api.updateStatus("jobs.batch", {
    ...job("told"),
    status: { ...job("told").status, uncountedTerminatedPods },
  });
  await play(pods("told"), "Succeeded");
  expect(job("told").status).toMatchObject({ succeeded: 1, active: 1 });
});

test("pods outlive their job when they are orphaned, and nothing holds them any more", async () => {
  const controllers = await startTestControllers([startJobController, startGarbageCollector]);
  const { api, settled } = controllers;
  await createJobSteps(controllers).start("left");
  api.delete("jobs.batch", "default", "left", { propagationPolicy: "Orphan" });
  await settled();
  expect(api.get("jobs.batch", "default", "left")).toBeUndefined();
  const left = api.list("pods", { namespace: "default" });
  expect(left).toHaveLength(1);
  expect(left[0]?.metadata.finalizers).toBeUndefined();
});

test("pods go with their job otherwise", async () => {
  const controllers = await startTestControllers([startJobController, startGarbageCollector]);
  const { api, settled } = controllers;
  await createJobSteps(controllers).start("left");
  api.delete("jobs.batch", "default", "left", { propagationPolicy: "Foreground" });
  await settled();
  expect(api.get("jobs.batch", "default", "left")).toBeUndefined();
  expect(api.list("pods", { namespace: "default" })).toEqual([]);
});

test("completed indexes are written as ranges and read back", () => {
  expect(formatIndexes([4, 0, 2, 3])).toBe("0,2-4");
  expect([...parseIndexes("0,2-4", 4)]).toEqual([0, 2, 3]);
  expect([...parseIndexes(undefined, 4)]).toEqual([]);
});
