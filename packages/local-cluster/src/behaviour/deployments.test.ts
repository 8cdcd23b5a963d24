import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultImages } from "../bin-images.ts";
import { startCluster } from "../start-cluster.ts";
import { type Answer, openCluster, type TestCluster } from "./cluster.ts";

const kubeconfig = process.env.KUBELESS_TEST_KUBECONFIG;
const where = kubeconfig === undefined ? "local-cluster" : "the cluster of KUBELESS_TEST_KUBECONFIG";

const template = (app: string, version: string, container: object = {}) => ({
  metadata: { labels: { app }, annotations: { version } },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [{ name: "main", image: "debian:bookworm-slim", command: ["sleep", "3600"], ...container }],
  },
});

const neverReady = { readinessProbe: { exec: { command: ["false"] } } };

type Body = Answer["body"];
const revisionName = "deployment.kubernetes.io/revision";
const condition = ({ status }: Body, type: string) =>
  status?.conditions?.find((it: Body) => it.type === type) ?? {};
const isObserved = ({ metadata, status }: Body) => status?.observedGeneration >= metadata.generation;
const isFinished = (it: Body) =>
  isObserved(it) &&
  condition(it, "Progressing").reason === "NewReplicaSetAvailable" &&
  [it.status.replicas, it.status.updatedReplicas, it.status.availableReplicas].every(
    (count) => (count ?? 0) === it.spec.replicas,
  );

describe(`deployments on ${where}`, { timeout: 90_000 }, () => {
  let cluster: TestCluster;
  let deployments: string;
  let replicaSets: string;
  beforeAll(async () => {
    cluster = await openCluster(kubeconfig, () => startCluster({ images: defaultImages() }));
    deployments = `/apis/apps/v1/namespaces/${cluster.namespace}/deployments`;
    replicaSets = `/apis/apps/v1/namespaces/${cluster.namespace}/replicasets`;
  });
  afterAll(() => cluster.stop());

  const start = async (name: string, spec: object = {}): Promise<Body> => {
    const selector = { matchLabels: { app: name } };
    const body = { metadata: { name }, spec: { selector, template: template(name, "1"), ...spec } };
    expect((await cluster.send("POST", deployments, body)).code).toBe(201);
    return cluster.until(`${deployments}/${name}`, isFinished);
  };
  const change = async (name: string, spec: object) => {
    expect((await cluster.send("PATCH", `${deployments}/${name}`, { spec })).code).toBe(200);
  };
  const sets = async (name: string): Promise<Body[]> => {
    const { body } = await cluster.send("GET", `${replicaSets}?labelSelector=app%3D${name}`);
    const revision = ({ metadata }: Body) => Number(metadata.annotations[revisionName]);
    return body.items.sort((a: Body, b: Body) => revision(a) - revision(b));
  };
  const told = async (name: string): Promise<string[]> => {
    const path = `/api/v1/namespaces/${cluster.namespace}/events?fieldSelector=involvedObject.name%3D${name}`;
    const { body } = await cluster.send("GET", path);
    return body.items.map(({ reason, message, source }: Body) => `${source.component} ${reason}: ${message}`);
  };

  test("a new one tells in status, conditions, annotations and events that it is there", async () => {
    const { metadata, status } = await start("fresh", { replicas: 2 });
    const [set] = await sets("fresh");
    const name = set.metadata.name;
    expect(metadata).toMatchObject({ generation: 1, annotations: { [revisionName]: "1" } });
    const times = { lastUpdateTime: expect.any(String), lastTransitionTime: expect.any(String) };
    expect(status).toEqual({
      observedGeneration: 1,
      replicas: 2,
      updatedReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      conditions: [
        {
          type: "Available",
          status: "True",
          reason: "MinimumReplicasAvailable",
          message: "Deployment has minimum availability.",
          ...times,
        },
        {
          type: "Progressing",
          status: "True",
          reason: "NewReplicaSetAvailable",
          message: `ReplicaSet "${name}" has successfully progressed.`,
          ...times,
        },
      ],
    });
    expect(set.metadata.annotations).toEqual({
      [revisionName]: "1",
      "deployment.kubernetes.io/desired-replicas": "2",
      "deployment.kubernetes.io/max-replicas": "3",
    });
    expect(await told("fresh")).toEqual([
      `deployment-controller ScalingReplicaSet: Scaled up replica set ${name} from 0 to 2`,
    ]);
  });

  test("a template that comes back takes its replica set up again, under a new revision", async () => {
    await start("back");
    for (const version of ["2", "1"]) {
      await change("back", { template: template("back", version) });
      await cluster.until(`${deployments}/back`, isFinished);
    }
    expect(
      (await sets("back")).map(({ metadata, spec }) => [metadata.annotations[revisionName], spec.replicas]),
    ).toEqual([
      ["2", 0],
      ["3", 1],
    ]);
  });

  test("by Recreate, pods of two templates are never there together", async () => {
    await start("anew", { replicas: 2, strategy: { type: "Recreate" } });
    await change("anew", { template: template("anew", "2") });
    await cluster.until(`${deployments}/anew`, isFinished);
    const messages = await told("anew");
    const [old, fresh] = (await sets("anew")).map(({ metadata }) => metadata.name);
    expect(messages.sort()).toEqual(
      [
        `deployment-controller ScalingReplicaSet: Scaled down replica set ${old} from 2 to 0`,
        `deployment-controller ScalingReplicaSet: Scaled up replica set ${old} from 0 to 2`,
        `deployment-controller ScalingReplicaSet: Scaled up replica set ${fresh} from 0 to 2`,
      ].sort(),
    );
  });

  test("while paused it follows its size but not its template", async () => {
    await start("waits");
    await change("waits", { paused: true, replicas: 2, template: template("waits", "2") });
    const paused = await cluster.until(`${deployments}/waits`, (it) => it.status?.availableReplicas === 2);
    expect(condition(paused, "Progressing")).toMatchObject({ status: "Unknown", reason: "DeploymentPaused" });
    expect(await sets("waits")).toHaveLength(1);
    await change("waits", { paused: false });
    await cluster.until(`${deployments}/waits`, isFinished);
    expect((await sets("waits")).map(({ spec }) => spec.replicas)).toEqual([0, 2]);
  });

  test("a rollout that gets nowhere exceeds its deadline, keeps what works, and scales by shares", async () => {
    await start("stuck", { replicas: 4, progressDeadlineSeconds: 2 });
    await change("stuck", { template: template("stuck", "2", neverReady) });
    const late = await cluster.until(
      `${deployments}/stuck`,
      (it) => condition(it, "Progressing").reason === "ProgressDeadlineExceeded",
    );
    const fresh = (await sets("stuck"))[1].metadata.name;
    expect(condition(late, "Progressing")).toMatchObject({
      status: "False",
      message: `ReplicaSet "${fresh}" has timed out progressing.`,
    });
    expect(condition(late, "Available").status).toBe("True");
    await change("stuck", { replicas: 9 });
    await cluster.until(`${deployments}/stuck`, (it) => it.status?.updatedReplicas === 5);
    expect((await sets("stuck")).map(({ spec }) => spec.replicas)).toEqual([7, 5]);
  });

  test("only the latest old replica sets are kept", async () => {
    await start("short", { revisionHistoryLimit: 1 });
    const [first] = await sets("short");
    for (const version of ["2", "3"]) {
      await change("short", { template: template("short", version) });
      await cluster.until(`${deployments}/short`, isFinished);
    }
    await cluster.gone(`${replicaSets}/${first.metadata.name}`);
    expect((await sets("short")).map(({ metadata }) => metadata.annotations[revisionName])).toEqual([
      "2",
      "3",
    ]);
  });
});
