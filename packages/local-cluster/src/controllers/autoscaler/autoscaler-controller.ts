import type { Scale } from "../../api/cluster-api.ts";
import { EventRecorder, type EventType, timestamp } from "../../node/events.ts";
import type { Pod } from "../../node/pod.ts";
import { isEqual } from "../../patch/json-patch.ts";
import { parseLabelSelector } from "../../store/selectors.ts";
import type { ControllerContext, StartController } from "../context.ts";
import { type Reconciled, startLoop } from "../loop.ts";
import { keyOf, splitKey } from "../owners.ts";
import {
  type Autoscaler,
  type AutoscalerStatus,
  type Finding,
  type MetricStatus,
  withFindings,
} from "./autoscaler.ts";
import { MetricError, type Proposal, propose } from "./replica-count.ts";
import { decide, type Memory } from "./scaling-rules.ts";

const everyMs = 15_000;
const group = "horizontalpodautoscalers.autoscaling";

/** HorizontalPodAutoscalers by what pods use of cpu and memory: a look every 15 seconds. */
export const startAutoscalerController: StartController = (context) => {
  const controller = new AutoscalerController(context);
  const { api, clock, onFault } = context;
  return startLoop({ clock, onFault, reconcile: (key) => controller.reconcile(key) }, (loop) => [
    api.watch<Autoscaler>(group, ({ type, object, previous }) => {
      if (type === "DELETED") controller.forget(keyOf(object));
      else if (!isEqual(previous?.spec, object.spec)) loop.enqueue(keyOf(object));
    }),
  ]);
};

/** What one look has found. */
interface Look {
  readonly replicas: number;
  readonly reason: string;
  readonly findings: readonly Finding[];
  readonly metrics: MetricStatus[] | undefined;
}

class AutoscalerController {
  readonly #context: ControllerContext;
  readonly #recorder: EventRecorder;
  readonly #memories = new Map<string, Memory>();

  constructor(context: ControllerContext) {
    this.#context = context;
    const source = { component: "horizontal-pod-autoscaler", host: "" };
    this.#recorder = new EventRecorder(context.api, context.clock, source);
  }

  forget(key: string): void {
    this.#memories.delete(key);
  }

  reconcile(key: string): Reconciled {
    const { namespace, name } = splitKey(key);
    const autoscaler = this.#context.api.get<Autoscaler>(group, namespace, name);
    if (autoscaler === undefined) return undefined;
    this.#look(autoscaler);
    return everyMs;
  }

  #look(autoscaler: Autoscaler): void {
    try {
      const { resource, scale } = this.#target(autoscaler);
      this.#scale(autoscaler, resource, scale);
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      this.#tell(autoscaler, "Warning", "FailedGetScale", error.message);
      const message = `the HPA controller was unable to get the target's current scale: ${error.message}`;
      this.#write(
        autoscaler,
        [{ type: "AbleToScale", status: "False", reason: "FailedGetScale", message }],
        {},
      );
    }
  }

  /** The object whose replicas are set: of any kind that has a scale subresource. */
  #target({ metadata, spec }: Autoscaler): { resource: string; scale: Scale } {
    const { api } = this.#context;
    const { kind, name, apiVersion = "" } = spec.scaleTargetRef;
    const wanted = groupOf(apiVersion);
    const found = api.resources().find((it) => it.kind === kind && groupOf(it.apiVersion) === wanted);
    if (found === undefined) throw new TargetError(`no matches for kind "${kind}" in group "${wanted}"`);
    const scale = api.scale(found.resource, metadata.namespace, name);
    if (scale === undefined) throw new TargetError(`${found.resource} "${name}" not found`);
    return { resource: found.resource, scale };
  }

  #scale(autoscaler: Autoscaler, resource: string, scale: Scale): void {
    const wanted = scale.spec.replicas ?? 0;
    const able: Finding = {
      type: "AbleToScale",
      status: "True",
      reason: "SucceededGetScale",
      message: "the HPA controller was able to get the target's current scale",
    };
    try {
      const look = this.#judge(autoscaler, scale, wanted);
      const findings = [able, ...look.findings];
      if (look.replicas !== wanted) findings.push(this.#rescale(autoscaler, resource, wanted, look));
      this.#write(autoscaler, findings, {
        currentReplicas: scale.status.replicas,
        desiredReplicas: look.replicas,
        ...(look.metrics === undefined ? {} : { currentMetrics: look.metrics }),
        ...(look.replicas === wanted ? {} : { lastScaleTime: timestamp(this.#context.clock) }),
      });
    } catch (error) {
      if (!(error instanceof MetricsError)) throw error;
      const { reason, message } = error.first;
      this.#tell(autoscaler, "Warning", "FailedComputeMetricsReplicas", error.message);
      const failed = `the HPA was unable to compute the replica count: ${message}`;
      const inactive: Finding = { type: "ScalingActive", status: "False", reason, message: failed };
      this.#write(autoscaler, [able, inactive], {
        currentReplicas: scale.status.replicas,
        currentMetrics: error.known,
      });
    }
  }

  #judge(autoscaler: Autoscaler, scale: Scale, wanted: number): Look {
    const { minReplicas = 1, maxReplicas } = autoscaler.spec;
    if (wanted === 0) {
      const message = "scaling is disabled since the replica count of the target is zero";
      const off: Finding = { type: "ScalingActive", status: "False", reason: "ScalingDisabled", message };
      return { replicas: 0, reason: "", findings: [off], metrics: undefined };
    }
    const outside = { findings: [], metrics: undefined };
    if (wanted > maxReplicas)
      return {
        ...outside,
        replicas: maxReplicas,
        reason: "Current number of replicas above Spec.MaxReplicas",
      };
    if (wanted < minReplicas)
      return {
        ...outside,
        replicas: minReplicas,
        reason: "Current number of replicas below Spec.MinReplicas",
      };
    return this.#measure(autoscaler, scale, wanted);
  }

  /** The metric that asks for most decides. One that cannot be read never lets the others scale down. */
  #measure(autoscaler: Autoscaler, scale: Scale, wanted: number): Look {
    const { proposals, faults, statuses } = this.#propose(autoscaler, scale, wanted);
    const best = proposals.reduce<Proposal | undefined>(
      (most, it) => (most === undefined || it.replicas > most.replicas ? it : most),
      undefined,
    );
    const [first] = faults;
    if (best === undefined || (first !== undefined && best.replicas < wanted)) {
      throw new MetricsError(
        first ?? new MetricError("InvalidMetric", "any metric", "spec.metrics is empty"),
        faults.length,
        statuses,
      );
    }
    const now = this.#context.clock.now();
    const decision = decide(autoscaler, this.#memoryOf(autoscaler), wanted, best.replicas, now);
    const message = `the HPA was able to successfully calculate a replica count from ${best.metric}`;
    const active: Finding = { type: "ScalingActive", status: "True", reason: "ValidMetricFound", message };
    return {
      replicas: decision.replicas,
      reason: decision.replicas > wanted ? `${best.metric} above target` : "All metrics below target",
      findings: [active, ...decision.findings],
      metrics: statuses,
    };
  }

  #propose(
    autoscaler: Autoscaler,
    scale: Scale,
    replicas: number,
  ): { proposals: Proposal[]; faults: MetricError[]; statuses: MetricStatus[] } {
    const { api, clock, usage } = this.#context;
    const selects = parseLabelSelector(scale.status.selector ?? "");
    const namespace = autoscaler.metadata.namespace ?? "";
    const pods = api.list<Pod>("pods", { namespace }).filter(({ metadata }) => selects(metadata.labels));
    const measured = { pods, usage: usage(), replicas, now: clock.now() };
    const proposals: Proposal[] = [];
    const faults: MetricError[] = [];
    for (const spec of autoscaler.spec.metrics ?? []) {
      try {
        proposals.push(propose(spec, measured));
      } catch (error) {
        if (!(error instanceof MetricError)) throw error;
        this.#tell(autoscaler, "Warning", error.reason, error.message);
        faults.push(error);
      }
    }
    return { proposals, faults, statuses: proposals.map(({ status }) => status) };
  }

  #rescale(autoscaler: Autoscaler, resource: string, before: number, { replicas, reason }: Look): Finding {
    const { api, clock } = this.#context;
    api.updateScale(resource, autoscaler.metadata.namespace, autoscaler.spec.scaleTargetRef.name, replicas);
    this.#memoryOf(autoscaler).rescales.push({ at: clock.now(), change: replicas - before });
    this.#tell(autoscaler, "Normal", "SuccessfulRescale", `New size: ${replicas}; reason: ${reason}`);
    const message = `the HPA controller was able to update the target scale to ${replicas}`;
    return { type: "AbleToScale", status: "True", reason: "SucceededRescale", message };
  }

  #memoryOf(autoscaler: Autoscaler): Memory {
    const key = keyOf(autoscaler);
    const memory = this.#memories.get(key) ?? { recommendations: [], rescales: [] };
    this.#memories.set(key, memory);
    return memory;
  }

  #write(autoscaler: Autoscaler, findings: readonly Finding[], found: Partial<AutoscalerStatus>): void {
    const before: Partial<AutoscalerStatus> = autoscaler.status ?? {};
    const conditions = withFindings(before.conditions ?? [], this.#context.clock, findings);
    const status = { desiredReplicas: 0, ...before, ...found, conditions };
    this.#context.api.updateStatus(group, { ...autoscaler, status });
  }

  #tell(object: Autoscaler, type: EventType, reason: string, message: string): void {
    this.#recorder.record({ object }, type, reason, message);
  }
}

/** There is nothing to scale. */
class TargetError extends Error {}

/** Too few metrics could be read. */
class MetricsError extends Error {
  readonly first: MetricError;
  readonly known: MetricStatus[];

  constructor(first: MetricError, count: number, known: MetricStatus[]) {
    const total = count + known.length;
    const cause = `failed to get ${first.metric}: ${first.message}`;
    super(`invalid metrics (${count} invalid out of ${total}), first error is: ${cause}`);
    this.name = "MetricsError";
    this.first = first;
    this.known = known;
  }
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}
