import { expect, test } from "vitest";
import type { KubeObject, Scale } from "../../api/cluster-api.ts";
import type { ContainerUsage } from "../../node/node-agent.ts";
import { startTestControllers, type TestControllers } from "../controller-fixture.ts";
import { eventsOf } from "../job/job-fixture.ts";
import type { Autoscaler } from "./autoscaler.ts";
import { startAutoscalerController } from "./autoscaler-controller.ts";

const group = "horizontalpodautoscalers.autoscaling";

interface Load {
  readonly cpuMillicores?: number;
  readonly memoryBytes?: number;
}

interface Steps extends TestControllers {
  /** A Deployment of this many ready pods, each of which asks for 100m and 64Mi. */
  deploy(replicas: number): void;
  /** What its pods use from now on; a pod left out tells nothing. */
  load(...loads: readonly Load[]): void;
  scaleBy(spec: object): Promise<void>;
  /** Lets 15 seconds pass, as many times. */
  rounds(count?: number): Promise<void>;
  replicas(): number | undefined;
  autoscaler(): Autoscaler;
  condition(type: string): object | undefined;
}

const cpuAt = (averageUtilization: number) => ({
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization } },
});

async function startAutoscaling(): Promise<Steps> {
  let usage: ContainerUsage[] = [];
  const controllers = await startTestControllers([startAutoscalerController], { usage: () => usage });
  const { api, clock, settled } = controllers;
  const autoscaler = () => {
    const found = api.get<Autoscaler>(group, "default", "web");
    if (found === undefined) throw new Error("there is no autoscaler");
    return found;
  };
  const rounds = async (count = 1) => {
    for (let round = 0; round < count; round += 1) {
      clock.advance(15_000);
      await settled();
    }
  };
  const scale = () => api.scale("deployments.apps", "default", "web") as Scale;
  return {
    ...controllers,
    rounds,
    autoscaler,
    deploy(replicas) {
      api.create("deployments.apps", renderDeployment(replicas));
      for (let index = 0; index < replicas; index += 1) {
        const pod = api.create<KubeObject>("pods", renderPod(`web-${index}`));
        api.updateStatus("pods", { ...pod, status: runningSince(clock.now() - 600_000) });
      }
      const web = api.get<KubeObject>("deployments.apps", "default", "web");
      api.updateStatus("deployments.apps", { ...web, status: { replicas } });
    },
    load(...loads) {
      usage = loads.map(({ cpuMillicores = 0, memoryBytes = 0 }, index) => ({
        namespace: "default",
        pod: `web-${index}`,
        container: "main",
        cpuNanocores: cpuMillicores * 1e6,
        memoryBytes,
        sampledAt: clock.now(),
        windowSeconds: 10,
      }));
    },
    async scaleBy(spec) {
      api.create(group, renderAutoscaler(spec));
      await settled();
    },
    replicas: () => scale().spec.replicas,
    condition: (type) => autoscaler().status?.conditions?.find((it) => it.type === type),
  };
}

test("replicas follow the load in proportion, and the autoscaler says why", async () => {
  const { api, deploy, load, scaleBy, replicas, autoscaler, condition } = await startAutoscaling();
  deploy(2);
  load({ cpuMillicores: 80 }, { cpuMillicores: 70 });
  await scaleBy({ maxReplicas: 10, metrics: [cpuAt(50)] });
  expect(replicas()).toBe(3);
  expect(autoscaler().status).toMatchObject({
    currentReplicas: 2,
    desiredReplicas: 3,
    lastScaleTime: "2030-01-01T00:00:00Z",
    currentMetrics: [
      {
        type: "Resource",
        resource: { name: "cpu", current: { averageUtilization: 75, averageValue: "75m" } },
      },
    ],
  });
  expect(condition("AbleToScale")).toMatchObject({
    status: "True",
    reason: "SucceededRescale",
    message: "the HPA controller was able to update the target scale to 3",
  });
  expect(condition("ScalingActive")).toMatchObject({ status: "True", reason: "ValidMetricFound" });
  expect(condition("ScalingLimited")).toMatchObject({ status: "False", reason: "DesiredWithinRange" });
  expect(eventsOf(api.list("events"), "web")).toEqual([
    "SuccessfulRescale: New size: 3; reason: cpu resource utilization (percentage of request) above target",
  ]);
  const owners = api.get("deployments.apps", "default", "web")?.metadata.managedFields;
  expect(owners).toContainEqual(
    expect.objectContaining({ manager: "kube-controller-manager", subresource: "scale" }),
  );
});

test("a load within a tenth of the target changes nothing", async () => {
  const { deploy, load, scaleBy, replicas } = await startAutoscaling();
  deploy(2);
  load({ cpuMillicores: 54 }, { cpuMillicores: 54 });
  await scaleBy({ maxReplicas: 10, metrics: [cpuAt(50)] });
  expect(replicas()).toBe(2);
});

test("it scales down only when five minutes have asked for less", async () => {
  const { deploy, load, scaleBy, rounds, replicas, condition } = await startAutoscaling();
  deploy(4);
  load({ cpuMillicores: 50 }, { cpuMillicores: 50 }, { cpuMillicores: 50 }, { cpuMillicores: 50 });
  await scaleBy({ maxReplicas: 10, metrics: [cpuAt(50)] });
  load({ cpuMillicores: 10 }, { cpuMillicores: 10 }, { cpuMillicores: 10 }, { cpuMillicores: 10 });
  await rounds(19);
  expect(replicas()).toBe(4);
  expect(condition("AbleToScale")).toMatchObject({ reason: "ScaleDownStabilized" });
  await rounds(2);
  expect(replicas()).toBe(1);
  expect(condition("ScalingLimited")).toMatchObject({ status: "False", reason: "DesiredWithinRange" });
});

test("of several metrics the one that asks for most decides", async () => {
  const { deploy, load, scaleBy, replicas, autoscaler } = await startAutoscaling();
  deploy(1);
  load({ cpuMillicores: 50, memoryBytes: 96 * 2 ** 20 });
  const memory = {
    type: "Resource",
    resource: { name: "memory", target: { type: "AverageValue", averageValue: "32Mi" } },
  };
  await scaleBy({ maxReplicas: 10, metrics: [cpuAt(50), memory] });
  expect(replicas()).toBe(3);
  expect(autoscaler().status?.currentMetrics?.[1]).toMatchObject({
    resource: { name: "memory", current: { averageValue: "96Mi" } },
  });
});

test("maximum and minimum hold, and are said to", async () => {
  const { deploy, load, scaleBy, replicas, condition } = await startAutoscaling();
  deploy(2);
  load({ cpuMillicores: 500 }, { cpuMillicores: 500 });
  await scaleBy({ minReplicas: 2, maxReplicas: 3, metrics: [cpuAt(50)] });
  expect(replicas()).toBe(3);
  expect(condition("ScalingLimited")).toMatchObject({ status: "True", reason: "TooManyReplicas" });
});

test("without behavior the number at most doubles at once, or becomes four", async () => {
  const { deploy, load, scaleBy, replicas, condition } = await startAutoscaling();
  deploy(1);
  load({ cpuMillicores: 1000 });
  await scaleBy({ maxReplicas: 20, metrics: [cpuAt(50)] });
  expect(replicas()).toBe(4);
  expect(condition("ScalingLimited")).toMatchObject({ status: "True", reason: "ScaleUpLimit" });
});

test("policies of behavior bound how fast it goes", async () => {
  const { deploy, load, scaleBy, rounds, replicas } = await startAutoscaling();
  deploy(1);
  load({ cpuMillicores: 1000 });
  const scaleUp = { policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] };
  await scaleBy({ maxReplicas: 20, metrics: [cpuAt(50)], behavior: { scaleUp } });
  expect(replicas()).toBe(2);
  await rounds(3);
  expect(replicas()).toBe(2);
  await rounds(1);
  expect(replicas()).toBe(3);
});

test("a pod without figures never lets the others scale down", async () => {
  const { deploy, load, scaleBy, rounds, replicas } = await startAutoscaling();
  deploy(2);
  load({ cpuMillicores: 10 });
  await scaleBy({ maxReplicas: 10, metrics: [cpuAt(50)] });
  await rounds(30);
  expect(replicas()).toBe(2);
});

test("no figures, no requests and no target are told each in its own words", async () => {
  const { api, deploy, load, scaleBy, rounds, condition, autoscaler, replicas } = await startAutoscaling();
  await scaleBy({ maxReplicas: 3, metrics: [cpuAt(50)] });
  expect(condition("AbleToScale")).toMatchObject({
    status: "False",
    reason: "FailedGetScale",
    message:
      'the HPA controller was unable to get the target\'s current scale: deployments.apps "web" not found',
  });
  deploy(1);
  await rounds();
  expect(condition("ScalingActive")).toMatchObject({
    status: "False",
    reason: "FailedGetResourceMetric",
    message:
      "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API",
  });
  expect(autoscaler().status).toMatchObject({ currentReplicas: 1, desiredReplicas: 0 });
  api.delete("pods", "default", "web-0");
  const bare = renderPod("web-0", {});
  const pod = api.create<KubeObject>("pods", bare);
  api.updateStatus("pods", { ...pod, status: runningSince(Date.parse("2029-12-31T00:00:00Z")) });
  load({ cpuMillicores: 500 });
  await rounds();
  expect(condition("ScalingActive")).toMatchObject({
    message: expect.stringContaining("missing request for cpu in container main of Pod web-0"),
  });
  expect(replicas()).toBe(1);
});

test("a target that was set to zero by hand stays there", async () => {
  const { api, deploy, load, scaleBy, rounds, replicas, condition } = await startAutoscaling();
  deploy(1);
  load({ cpuMillicores: 500 });
  api.updateScale("deployments.apps", "default", "web", 0);
  await scaleBy({ maxReplicas: 3, metrics: [cpuAt(50)] });
  await rounds();
  expect(replicas()).toBe(0);
  expect(condition("ScalingActive")).toMatchObject({ status: "False", reason: "ScalingDisabled" });
});

test("a metric that this cluster does not serve is refused in a sentence, and the others go on", async () => {
  const { api, deploy, load, scaleBy, replicas } = await startAutoscaling();
  deploy(1);
  load({ cpuMillicores: 100 });
  const external = {
    type: "External",
    external: { metric: { name: "queue" }, target: { type: "AverageValue", averageValue: "5" } },
  };
  await scaleBy({ maxReplicas: 3, metrics: [external, cpuAt(50)] });
  expect(replicas()).toBe(2);
  expect(eventsOf(api.list("events"), "web")[0]).toBe(
    "FailedGetExternalMetric: metrics of type External are not served by this cluster; use type Resource with cpu or memory",
  );
});

function renderAutoscaler(spec: object): object {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", namespace: "default" },
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, ...spec },
  };
}

function renderDeployment(replicas: number): object {
  const labels = { app: "web" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "main", image: "web" }] } },
    },
  };
}

function renderPod(name: string, requests: object = { cpu: "100m", memory: "64Mi" }): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", labels: { app: "web" } },
    spec: { containers: [{ name: "main", image: "web", resources: { requests } }] },
  };
}

function runningSince(epochMs: number): object {
  const time = new Date(epochMs).toISOString().replace(".000", "");
  const conditions = [{ type: "Ready", status: "True", lastTransitionTime: time }];
  return { phase: "Running", startTime: time, conditions };
}
