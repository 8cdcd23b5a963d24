import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultImages } from "../bin-images.ts";
import { startCluster } from "../start-cluster.ts";
import { type Answer, openCluster, type TestCluster } from "./cluster.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG;
const where = kubeconfig === undefined ? "local-cluster" : "the cluster of KUBELESS_TEST_KUBECONFIG";

const runs = (script: string, restartPolicy = "Never") => ({
  spec: {
    restartPolicy,
    terminationGracePeriodSeconds: 1,
    containers: [{ name: "main", image: "debian:bookworm-slim", command: ["sh", "-c", script] }],
  },
});

const isOver = ({ status }: Answer["body"]) =>
  status?.conditions?.some(({ type }: { type: string }) => type === "Complete" || type === "Failed") ?? false;

const toLine = ({ reason, message, source }: Answer["body"]) =>
  `${source.component} ${reason}: ${message.replace(/-[a-z0-9]{5}$/, "")}`;

describe(`jobs, cron jobs and autoscalers on ${where}`, { timeout: 90_000 }, () => {
  let cluster: TestCluster;
  let jobs: string;
  let cronJobs: string;
  let autoscalers: string;
  beforeAll(async () => {
    cluster = await openCluster(kubeconfig, () => startCluster({ images: defaultImages() }));
    jobs = `/apis/batch/v1/namespaces/${cluster.namespace}/jobs`;
    cronJobs = `/apis/batch/v1/namespaces/${cluster.namespace}/cronjobs`;
    autoscalers = `/apis/autoscaling/v2/namespaces/${cluster.namespace}/horizontalpodautoscalers`;
  });
  afterAll(() => cluster.stop());

  const start = async (name: string, spec: object) => {
    const made = await cluster.send("POST", jobs, { metadata: { name }, spec });
    expect(made.code).toBe(201);
  };
  const ended = (name: string) => cluster.until(`${jobs}/${name}`, isOver);
  // A recorder writes its events in their order, but after the status that they tell of may be read.
  const toldUntil = async (last: string, name: string): Promise<string[]> => {
    const events = `/api/v1/namespaces/${cluster.namespace}/events?fieldSelector=involvedObject.name%3D${name}`;
    const { body } = await cluster.send("GET", events);
    const told = new Set<string>(body.items.map(toLine));
    if (told.has(last)) return [...told];
    const since = `watch=true&resourceVersion=${body.metadata.resourceVersion}`;
    for await (const { object } of cluster.watch(`${events}&${since}`))
      if (told.add(toLine(object)).has(last)) return [...told];
    throw new Error(`the events of ${name} ended before "${last}"`);
  };

  test("a job that succeeds is Complete, with every condition, counter and event of one", async () => {
    await start("good", { template: runs("exit 0") });
    const { status, metadata } = await ended("good");
    expect(metadata.labels).toMatchObject({ "job-name": "good", "batch.kubernetes.io/job-name": "good" });
    const words = { reason: "CompletionsReached", message: "Reached expected number of succeeded pods" };
    expect(status).toEqual({
      startTime: expect.any(String),
      completionTime: expect.any(String),
      succeeded: 1,
      ready: 0,
      terminating: 0,
      uncountedTerminatedPods: {},
      conditions: ["SuccessCriteriaMet", "Complete"].map((type) =>
        expect.objectContaining({ type, status: "True", ...words }),
      ),
    });
    const pods = await cluster.send(
      "GET",
      `/api/v1/namespaces/${cluster.namespace}/pods?labelSelector=job-name%3Dgood`,
    );
    expect(pods.body.items).toHaveLength(1);
    expect(pods.body.items[0].metadata.finalizers).toBeUndefined();
    expect(pods.body.items[0].metadata.generateName).toBe("good-");
  });

  test("a job that fails is Failed, and says of what", async () => {
    await start("bad", { backoffLimit: 0, template: runs("exit 3") });
    const { status } = await ended("bad");
    const words = { reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" };
    expect(status).toEqual({
      startTime: expect.any(String),
      failed: 1,
      ready: 0,
      terminating: 0,
      uncountedTerminatedPods: {},
      conditions: ["FailureTarget", "Failed"].map((type) =>
        expect.objectContaining({ type, status: "True", ...words }),
      ),
    });
    const last = "job-controller BackoffLimitExceeded: Job has reached the specified backoff limit";
    expect((await toldUntil(last, "bad")).sort()).toEqual([
      last,
      "job-controller SuccessfulCreate: Created pod: bad",
    ]);
  });

  test("a job that takes too long is ended", async () => {
    await start("late", { activeDeadlineSeconds: 2, template: runs("sleep 100") });
    const { status } = await ended("late");
    expect(status).toMatchObject({
      failed: 1,
      conditions: [
        { type: "FailureTarget", reason: "DeadlineExceeded" },
        { type: "Failed", message: "Job was active longer than specified deadline" },
      ],
    });
  });

  test("an Indexed job runs each index, which its pods know", async () => {
    await start("parts", {
      completionMode: "Indexed",
      completions: 3,
      parallelism: 2,
      template: runs('test -n "$JOB_COMPLETION_INDEX"'),
    });
    expect((await ended("parts")).status).toMatchObject({ completedIndexes: "0-2", succeeded: 3 });
  });

  test("numbers that make no sense are refused together", async () => {
    const spec = { completionMode: "Indexed", parallelism: -1, backoffLimit: -2, template: runs("exit 0") };
    const { code, body } = await cluster.send("POST", jobs, { metadata: { name: "negative" }, spec });
    expect(code).toBe(422);
    expect(body.details.causes).toEqual([
      {
        reason: "FieldValueInvalid",
        field: "spec.parallelism",
        message: "Invalid value: -1: must be greater than or equal to 0",
      },
      {
        reason: "FieldValueInvalid",
        field: "spec.backoffLimit",
        message: "Invalid value: -2: must be greater than or equal to 0",
      },
      {
        reason: "FieldValueRequired",
        field: "spec.completions",
        message: "Required value: when completion mode is Indexed",
      },
    ]);
  });

  test("a suspended job waits, and begins when it is resumed", async () => {
    await start("waits", { suspend: true, template: runs("exit 0") });
    const held = await cluster.until(`${jobs}/waits`, ({ status }) => status?.conditions !== undefined);
    expect(held.status).toEqual({
      ready: 0,
      terminating: 0,
      uncountedTerminatedPods: {},
      conditions: [
        expect.objectContaining({
          type: "Suspended",
          status: "True",
          reason: "JobSuspended",
          message: "Job suspended",
        }),
      ],
    });
    await cluster.send("PATCH", `${jobs}/waits`, { spec: { suspend: false } });
    expect((await ended("waits")).status.conditions[0]).toMatchObject({
      status: "False",
      reason: "JobResumed",
    });
  });

  test("a job is deleted when its time to live is over", async () => {
    await start("brief", { ttlSecondsAfterFinished: 1, template: runs("exit 0") });
    await cluster.gone(`${jobs}/brief`);
  });

  test("a cron job makes a job named after the minute it was due in", async () => {
    const jobTemplate = { metadata: { labels: { app: "pulse" } }, spec: { template: runs("exit 0") } };
    const spec = { schedule: "@every 2s", timeZone: "Asia/Kolkata", jobTemplate };
    await cluster.send("POST", cronJobs, { metadata: { name: "pulse" }, spec });
    const { metadata, status } = await cluster.until(
      `${cronJobs}/pulse`,
      (it) => it.status?.lastSuccessfulTime !== undefined,
    );
    const { body } = await cluster.send("GET", `${jobs}?labelSelector=app%3Dpulse`);
    const [job] = body.items;
    const due = job.metadata.annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"];
    expect(due).toMatch(/\+05:30$/);
    expect(job.metadata.name).toBe(`pulse-${Math.floor(Date.parse(due) / 60_000)}`);
    expect(job.metadata.labels).toEqual({ app: "pulse" });
    expect(job.metadata.ownerReferences).toEqual([
      {
        apiVersion: "batch/v1",
        kind: "CronJob",
        name: "pulse",
        uid: metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
    expect(status.lastScheduleTime).toBeDefined();
    await toldUntil(`cronjob-controller SuccessfulCreate: Created job ${job.metadata.name}`, "pulse");
    await cluster.send("DELETE", `${cronJobs}/pulse`);
  });

  // What Kubernetes serves.
  const onlyHere = kubeconfig === undefined ? test : () => undefined;
  onlyHere("what the job controller does not serve is refused", async () => {
    const spec = { maxFailedIndexes: 1, podFailurePolicy: { rules: [] }, template: runs("exit 0") };
    const { code, body } = await cluster.send("POST", jobs, { metadata: { name: "asking" }, spec });
    expect(code).toBe(422);
    expect(body.message).toContain(
      "spec.podFailurePolicy: Forbidden: this cluster's job controller does not serve it; leave it out",
    );
  });

  test("an autoscaler without a target says so", async () => {
    const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "nothing" };
    const spec = { scaleTargetRef, maxReplicas: 3 };
    await cluster.send("POST", autoscalers, { metadata: { name: "lost" }, spec });
    const { status } = await cluster.until(
      `${autoscalers}/lost`,
      (it) => it.status?.conditions !== undefined,
    );
    expect(status).toMatchObject({
      desiredReplicas: 0,
      conditions: [
        {
          type: "AbleToScale",
          status: "False",
          reason: "FailedGetScale",
          message:
            'the HPA controller was unable to get the target\'s current scale: deployments.apps "nothing" not found',
        },
      ],
    });
    await cluster.send("DELETE", `${autoscalers}/lost`);
  });
});
