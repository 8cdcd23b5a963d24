import { describe, expect, test } from "vitest";
import type { Pod } from "../../node/pod.ts";
import { replicaSets, sizeOf } from "../replicaset/replicaset.ts";
import {
  endLeaving,
  renderTemplate,
  renderWorkload,
  startTestWorkloads,
  type TestWorkloads,
} from "../workload-fixture.ts";
import { deployments } from "./deployment.ts";

const rolling = (maxSurge: number | string, maxUnavailable: number | string) => ({
  strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } },
});

async function startDeployment(spec: object = {}): Promise<TestWorkloads> {
  const workloads = await startTestWorkloads();
  workloads.api.create(deployments, renderWorkload("Deployment", spec, { annotations: { team: "blue" } }));
  await workloads.settled();
  return workloads;
}

/** A deployment whose first rollout is over. */
async function startFinished(spec: object = {}): Promise<TestWorkloads> {
  const workloads = await startDeployment(spec);
  await workloads.runAll();
  return workloads;
}

const sizes = ({ sets }: TestWorkloads) => sets().map(sizeOf);
const condition = ({ deployment }: TestWorkloads, type: string) => {
  const found = deployment().status?.conditions?.find((it) => it.type === type);
  return found && { status: found.status, reason: found.reason, message: found.message };
};
const scalings = ({ events }: TestWorkloads) => events("web").map(({ message }) => message);

describe("a deployment", () => {
  test("makes the replica set of its template, labelled with its hash, numbered and annotated", async () => {
    const { sets, deployment } = await startDeployment({ replicas: 4 });
    const [set] = sets();
    const hash = set?.metadata.labels?.["pod-template-hash"] ?? "";
    expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
    expect(set).toMatchObject({
      metadata: {
        name: `web-${hash}`,
        labels: { app: "web", "pod-template-hash": hash },
        annotations: {
          team: "blue",
          "deployment.kubernetes.io/revision": "1",
          "deployment.kubernetes.io/desired-replicas": "4",
          "deployment.kubernetes.io/max-replicas": "5",
        },
        ownerReferences: [{ kind: "Deployment", name: "web", uid: deployment().metadata.uid }],
      },
      spec: {
        replicas: 4,
        selector: { matchLabels: { app: "web", "pod-template-hash": hash } },
        template: { metadata: { labels: { app: "web", "pod-template-hash": hash } } },
      },
    });
    expect(deployment().metadata).toMatchObject({
      generation: 1,
      annotations: { "deployment.kubernetes.io/revision": "1" },
    });
  });

  test("hands its annotations down, and counts a change of them as one of its generation", async () => {
    const { api, deployment, sets, settled } = await startDeployment();
    const { metadata, ...rest } = deployment();
    api.update(deployments, {
      ...rest,
      metadata: { ...metadata, annotations: { ...metadata.annotations, team: "red" } },
    });
    await settled();
    expect(sets()[0]?.metadata.annotations?.team).toBe("red");
    expect(deployment()).toMatchObject({ metadata: { generation: 2 }, status: { observedGeneration: 2 } });
  });

  test("tells in status and conditions how far it has come", async () => {
    const workloads = await startDeployment({ replicas: 2 });
    const { deployment, sets, makeReady, pods } = workloads;
    const name = sets()[0]?.metadata.name;
    const { conditions: _, ...counts } = deployment().status ?? {};
    expect(counts).toEqual({
      observedGeneration: 1,
      replicas: 2,
      updatedReplicas: 2,
      unavailableReplicas: 2,
    });
    expect(condition(workloads, "Available")).toEqual({
      status: "False",
      reason: "MinimumReplicasUnavailable",
      message: "Deployment does not have minimum availability.",
    });
    expect(condition(workloads, "Progressing")).toEqual({
      status: "True",
      reason: "ReplicaSetUpdated",
      message: `ReplicaSet "${name}" is progressing.`,
    });
    await makeReady(pods());
    expect(deployment().status).toMatchObject({ readyReplicas: 2, availableReplicas: 2 });
    expect(condition(workloads, "Available")).toMatchObject({ reason: "MinimumReplicasAvailable" });
    expect(condition(workloads, "Progressing")).toEqual({
      status: "True",
      reason: "NewReplicaSetAvailable",
      message: `ReplicaSet "${name}" has successfully progressed.`,
    });
  });

  test("rolls on with no more than maxSurge beyond and no fewer available than maxUnavailable allows", async () => {
    const workloads = await startFinished({ replicas: 4, ...rolling(1, 1) });
    const { api, change, pods, makeReady, deployment, settled } = workloads;
    await change({ template: renderTemplate("2") });
    const steps = [sizes(workloads)];
    for (let waiting: Pod[] = [pods()[0] as Pod]; waiting.length > 0; ) {
      waiting = pods().filter(({ status }) => status?.phase !== "Running");
      await makeReady(waiting.slice(0, 1));
      endLeaving(api);
      await settled();
      expect(deployment().status?.availableReplicas).toBeGreaterThanOrEqual(3);
      expect(pods().length).toBeLessThanOrEqual(5);
      steps.push(sizes(workloads));
    }
    expect(steps[0]).toEqual([3, 2]);
    expect(steps.at(-1)).toEqual([0, 4]);
  });

  test("with neither surge nor unavailability by percentage, gives up one pod at a time", async () => {
    const workloads = await startFinished({ replicas: 2, ...rolling("0%", "10%") });
    await workloads.change({ template: renderTemplate("2") });
    expect(sizes(workloads)).toEqual([1, 1]);
  });

  test("takes pods of the old that do not work away first", async () => {
    const workloads = await startFinished({ replicas: 4, ...rolling(0, 1) });
    const { pods, change, setStatus, settled, set, sets } = workloads;
    const broken = pods()[2] as Pod;
    setStatus(broken, { conditions: [{ type: "Ready", status: "False" }] });
    await settled();
    await change({ template: renderTemplate("2") });
    expect(pods().map(({ metadata }) => metadata.name)).not.toContain(broken.metadata.name);
    expect(set(sets()[0]?.metadata.name ?? "").status?.availableReplicas).toBe(3);
  });

  test("by Recreate, makes nothing new before the last old pod is gone", async () => {
    const workloads = await startFinished({ replicas: 2, strategy: { type: "Recreate" } });
    const { api, change, sets, pods, settled, runAll } = workloads;
    await change({ template: renderTemplate("2") });
    expect(sizes(workloads)).toEqual([0]);
    expect(pods()).toEqual([]);
    endLeaving(api);
    await settled();
    expect(sizes(workloads)).toEqual([0, 2]);
    await runAll();
    expect(sets()[1]?.status?.availableReplicas).toBe(2);
    expect(condition(workloads, "Progressing")).toMatchObject({ reason: "NewReplicaSetAvailable" });
  });

  test("takes an earlier replica set up again when its template comes back, under a new revision", async () => {
    const workloads = await startFinished({ replicas: 1 });
    const { change, runAll, sets, deployment } = workloads;
    const first = sets()[0]?.metadata.name;
    const { template } = deployment().spec;
    await change({ template: renderTemplate("2") });
    await runAll();
    await change({ template });
    await runAll();
    expect(sets().map(({ metadata }) => metadata.annotations?.["deployment.kubernetes.io/revision"])).toEqual(
      ["2", "3"],
    );
    expect(sets()[1]?.metadata).toMatchObject({
      name: first,
      annotations: { "deployment.kubernetes.io/revision-history": "1" },
    });
    expect(deployment().metadata.annotations?.["deployment.kubernetes.io/revision"]).toBe("3");
  });

  test("while paused, keeps its template's change for later but follows its size", async () => {
    const workloads = await startFinished({ replicas: 2 });
    const { change, runAll } = workloads;
    await change({ paused: true, template: renderTemplate("2"), replicas: 3 });
    expect(sizes(workloads)).toEqual([3]);
    expect(condition(workloads, "Progressing")).toEqual({
      status: "Unknown",
      reason: "DeploymentPaused",
      message: "Deployment is paused",
    });
    await change({ paused: false });
    await runAll();
    expect(sizes(workloads)).toEqual([0, 3]);
    expect(condition(workloads, "Progressing")).toMatchObject({ reason: "NewReplicaSetAvailable" });
  });

  test("says that a rollout which does not get on has exceeded its deadline, and that it got on after all", async () => {
    const workloads = await startFinished({ replicas: 1, progressDeadlineSeconds: 60 });
    const { change, clock, settled, runAll, sets } = workloads;
    await change({ template: renderTemplate("2") });
    clock.advance(59_000);
    await settled();
    expect(condition(workloads, "Progressing")).toMatchObject({ reason: "ReplicaSetUpdated" });
    clock.advance(2_000);
    await settled();
    expect(condition(workloads, "Progressing")).toEqual({
      status: "False",
      reason: "ProgressDeadlineExceeded",
      message: `ReplicaSet "${sets()[1]?.metadata.name}" has timed out progressing.`,
    });
    await runAll();
    expect(condition(workloads, "Progressing")).toMatchObject({
      status: "True",
      reason: "NewReplicaSetAvailable",
    });
  });

  test("scaled in the middle of a rollout, spreads the change over old and new by their shares", async () => {
    const workloads = await startFinished({ replicas: 10, ...rolling(3, 2) });
    await workloads.change({ template: renderTemplate("2") });
    expect(sizes(workloads)).toEqual([8, 5]);
    await workloads.change({ replicas: 30 });
    expect(sizes(workloads)).toEqual([20, 13]);
  });

  test("keeps as many old replica sets as revisionHistoryLimit says, the latest", async () => {
    const { change, runAll, sets } = await startFinished({ revisionHistoryLimit: 2 });
    for (const version of ["2", "3", "4", "5"]) {
      await change({ template: renderTemplate(version) });
      await runAll();
    }
    expect(sets().map(({ spec }) => spec.template.metadata?.annotations?.version)).toEqual(["3", "4", "5"]);
  });

  test("tells of every change of a replica set's size", async () => {
    const workloads = await startFinished({ replicas: 1 });
    const [set] = workloads.sets();
    await workloads.change({ replicas: 3 });
    await workloads.change({ replicas: 0 });
    expect(scalings(workloads)).toEqual([
      `Scaled up replica set ${set?.metadata.name} from 0 to 1`,
      `Scaled up replica set ${set?.metadata.name} from 1 to 3`,
      `Scaled down replica set ${set?.metadata.name} from 3 to 0`,
    ]);
  });

  test("adopts an orphan replica set of its template instead of making another", async () => {
    const workloads = await startTestWorkloads();
    const { api, settled, sets, deployment } = workloads;
    api.create(
      replicaSets,
      renderWorkload("ReplicaSet", { replicas: 1 }, { name: "orphan", labels: { app: "web" } }),
    );
    api.create(deployments, renderWorkload("Deployment", { replicas: 2 }));
    await settled();
    expect(sets().map(({ metadata }) => metadata.name)).toEqual(["orphan"]);
    expect(sets()[0]?.metadata.ownerReferences).toMatchObject([{ uid: deployment().metadata.uid }]);
    expect(sizes(workloads)).toEqual([2]);
  });

  test("takes another hash when the name it would give is another's", async () => {
    const first = await startDeployment({ replicas: 1 });
    const name = first.sets()[0]?.metadata.name ?? "";
    const second = await startTestWorkloads();
    const { api, settled, sets, deployment } = second;
    const selector = { matchLabels: { app: "other" } };
    const template = {
      metadata: { labels: { app: "other" } },
      spec: { containers: [{ name: "a", image: "b" }] },
    };
    api.create(replicaSets, renderWorkload("ReplicaSet", { replicas: 0, selector, template }, { name }));
    api.create(deployments, renderWorkload("Deployment", { replicas: 1 }));
    await settled();
    expect(deployment().status?.collisionCount).toBe(1);
    expect(sets()).toHaveLength(2);
  });

  test("shows what keeps its replica set from making pods", async () => {
    const workloads = await startTestWorkloads({ mayFault: true });
    const spec = { serviceAccountName: "absent", containers: [{ name: "main", image: "node" }] };
    const template = { metadata: { labels: { app: "web" } }, spec };
    workloads.api.create(deployments, renderWorkload("Deployment", { template }));
    await workloads.settled();
    expect(condition(workloads, "ReplicaFailure")).toMatchObject({ status: "True", reason: "FailedCreate" });
  });
});
