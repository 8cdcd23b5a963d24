import type { ConditionType, FunctionStatus, Reason } from "@kubeless/api-types";
import { labels } from "@kubeless/api-types";
import {
  type ConditionState,
  type LiveChild,
  no,
  type Outcome,
  type StatusStatement,
  type Wire,
  yes,
} from "@kubeless/controller-kit";
import type { V1Deployment, V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import type { AutoscalerPlan } from "../render/autoscaler.ts";
import type { Phase } from "../render/phases.ts";
import type { Plan } from "../render/plan.ts";
import { toRevisionName } from "../render/revision.ts";
import { toSelector } from "../render/service.ts";
import { findPhase, findPodProblem, type Pod, type PodProblem } from "./pod-problem.ts";
import { readProvisionReport } from "./provision-report.ts";
import { newestPods, type Rollout, readRollout } from "./rollout.ts";

type Deployment = Partial<Wire<V1Deployment>>;
type State = ConditionState<Reason>;
type Conditions = Record<ConditionType<"Function">, State>;
type Explanations = Omit<Conditions, "Ready">;

/** What a Function's status is told from. */
export interface Observation {
  readonly name: string;
  readonly namespace: string;
  /** Absent when the Function could not be understood. */
  readonly plan: Plan | undefined;
  readonly autoscaler: AutoscalerPlan;
  /** A change of the catalogue waits for other functions to finish theirs. */
  readonly isWaitingForTurn: boolean;
  readonly children: readonly LiveChild[];
  /** All pods of the function, of any revision. */
  readonly pods: readonly Pod[];
  readonly outcome: Outcome<Reason>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Tells a Function's status: whether what was asked for serves, and if not, why and what to do. */
export function observeFunction(observation: Observation): StatusStatement & FunctionStatus {
  const { name, namespace, plan, pods, children } = observation;
  const deployment = findChild<Deployment>(children, "Deployment", name);
  const wanted = pods.filter((pod) => pod.metadata.labels?.[labels.revision] === plan?.revision);
  const rollout = readRollout(deployment, pods, plan?.revision, observation.now);
  const kept = wanted.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const problem = findPodProblem(newestPods(deployment, kept));
  const report = readProvisionReport(wanted);
  const explanations: Explanations = {
    Accepted: tellAccepted(observation),
    SourceReady: plan === undefined ? PENDING : tellSource(plan, wanted, problem, report, rollout),
    DependenciesInstalled: plan === undefined ? PENDING : tellDependencies(plan, wanted, problem, rollout),
    Deployed: tellDeployed(observation, deployment),
    Serving: tellServing(plan, problem, rollout, deployment),
    Autoscaling: tellAutoscaling(observation),
  };
  const conditions: Conditions = { Ready: tellReady(explanations), ...explanations };
  return withoutUndefined({
    conditions: Object.entries(conditions).map(([type, state]) => ({ type, ...state })),
    replicas: deployment?.status?.replicas ?? 0,
    readyReplicas: deployment?.status?.readyReplicas ?? 0,
    selector: Object.entries(deployment?.spec?.selector?.matchLabels ?? toSelector(name))
      .map(([label, value]) => `${label}=${value}`)
      .join(","),
    revision: plan === undefined ? undefined : toRevisionName(name, plan.revision),
    servingRevision:
      rollout.servingRevision === undefined ? undefined : toRevisionName(name, rollout.servingRevision),
    sourceDigest:
      plan?.source?.encoding === "url" && report !== undefined ? `sha256:${report.sha256}` : undefined,
    address: plan === undefined ? undefined : toAddress(name, namespace, plan),
  }) as StatusStatement & FunctionStatus;
}

const PENDING: State = { status: "Unknown", reason: "Pending", message: "It has not been tried yet." };

function tellAccepted({ outcome: { fault }, plan }: Observation): State {
  if (fault !== undefined) return no(fault.reason, fault.message);
  const note = plan?.runtime?.note;
  return note === undefined ? yes("Accepted", "The Function can be worked with.") : yes("RuntimeNote", note);
}

type Report = ReturnType<typeof readProvisionReport>;

function tellSource(
  plan: Plan,
  pods: readonly Pod[],
  problem: PodProblem | undefined,
  report: Report,
  rollout: Rollout,
): State {
  const { source } = plan;
  if (source === undefined) return yes("SourceReady", "The image brings the code.");
  if (problem?.condition === "SourceReady") return no(problem.reason, problem.message);
  if (!rollout.isComplete && !pods.some((pod) => hasFinished(pod, "prepare"))) return PENDING;
  if (source.encoding !== "url" || source.checksum !== undefined)
    return yes("SourceReady", "The source is in place.");
  const digest = report === undefined ? "" : ` What was fetched has sha256:${report.sha256}.`;
  return yes(
    "SourceNotPinned",
    `The source is a URL without a checksum, so its content may change from pod to pod; set spec.checksum.${digest}`,
  );
}

function tellDependencies(
  plan: Plan,
  pods: readonly Pod[],
  problem: PodProblem | undefined,
  rollout: Rollout,
): State {
  const phases: readonly Phase[] = [
    ...(plan.runtime?.installImage !== undefined && plan.source?.hasDependencies ? ["install" as const] : []),
    ...(plan.runtime?.compileImage !== undefined && plan.source !== undefined ? ["compile" as const] : []),
  ];
  if (phases.length === 0) return yes("NoDependencies", "There is nothing to install.");
  if (problem?.condition === "DependenciesInstalled") return no(problem.reason, problem.message);
  const isDone = rollout.isComplete || pods.some((pod) => phases.every((phase) => hasFinished(pod, phase)));
  return isDone ? yes("DependenciesInstalled", "The dependencies are installed.") : PENDING;
}

function hasFinished(pod: Pod, phase: Phase): boolean {
  return findPhase(pod, phase)?.state?.terminated?.exitCode === 0;
}

function tellDeployed({ outcome, isWaitingForTurn }: Observation, deployment: Deployment | undefined): State {
  const [refused] = outcome.writeFaults;
  if (refused !== undefined) {
    const { kind, name } = refused.child;
    return no(WRITE_REASONS[refused.reason] ?? "ApplyFailed", `${kind} ${name}: ${refused.message}`);
  }
  if (outcome.fault !== undefined) return no(outcome.fault.reason, outcome.fault.message);
  if (isWaitingForTurn) {
    return no(
      "WaitingForRollout",
      "A change of the catalogue reaches this function when others have finished theirs; nothing is to be done.",
    );
  }
  const refusal = deployment?.status?.conditions?.find(
    ({ type, status }) => type === "ReplicaFailure" && status === "True",
  );
  if (refusal !== undefined) {
    return no(
      "QuotaExceeded",
      `The namespace refuses the function's pods: ${refusal.message ?? refusal.reason ?? "no reason is given"}`,
    );
  }
  const isSeen = (deployment?.status?.observedGeneration ?? -1) >= (deployment?.metadata?.generation ?? 0);
  return deployment !== undefined && isSeen
    ? yes("Deployed", "The Deployment asks for the wanted revision.")
    : PENDING;
}

const WRITE_REASONS: Readonly<Record<string, Reason>> = {
  NotOurs: "ConflictingObject",
  TakeOverBlocked: "LegacyControllerRunning",
};

function tellServing(
  plan: Plan | undefined,
  problem: PodProblem | undefined,
  rollout: Rollout,
  deployment: Deployment | undefined,
): State {
  const { servingRevision } = rollout;
  const isOld = servingRevision !== undefined && servingRevision !== plan?.revision;
  const old = isOld ? ` Revision ${servingRevision} still serves.` : "";
  if (plan === undefined) return { ...PENDING, message: `${PENDING.message}${old}` };
  if (deployment?.spec?.replicas === 0) {
    return no("ScaledToZero", "The function is asked to have no pods; set spec.replicas to have some.");
  }
  if (rollout.isComplete) return yes("Serving", `Every ready pod runs revision ${plan.revision}.`);
  if (problem !== undefined) return no(problem.reason, `${problem.message}${old}`);
  if (rollout.isStuck) {
    return no(
      "DeadlineExceeded",
      `The rollout of revision ${plan.revision} made no progress for too long; look at the pods' logs.${old}`,
    );
  }
  const message =
    servingRevision === plan.revision
      ? `Revision ${plan.revision} serves; its rollout is not over yet.`
      : `Pods of revision ${plan.revision} are starting.${old}`;
  return { status: "Unknown", reason: servingRevision === undefined ? "NotReady" : "RollingOut", message };
}

function tellAutoscaling({ autoscaler, children, name }: Observation): State {
  if (autoscaler.kind === "none") return yes("NoAutoscaler", "No autoscaler is asked for.");
  if (autoscaler.kind === "unsupported") return no(autoscaler.because.reason, autoscaler.because.message);
  const live = findChild<Wire<V2HorizontalPodAutoscaler>>(children, "HorizontalPodAutoscaler", name);
  const active = live?.status?.conditions?.find(({ type }) => type === "ScalingActive");
  if (active === undefined) return PENDING;
  const message = active.message ?? active.reason ?? "";
  return active.status === "True"
    ? yes("AutoscalerActive", "The autoscaler works.")
    : no("AutoscalerInactive", `The autoscaler cannot work: ${message}`);
}

/** The first thing that is in the way, in the order in which things happen; the autoscaler is not. */
function tellReady(explanations: Explanations): State {
  const order = ["Accepted", "Deployed", "SourceReady", "DependenciesInstalled", "Serving"] as const;
  const states = order.map((type) => explanations[type]);
  const refusal = states.find(({ status }) => status === "False");
  if (refusal !== undefined) return refusal;
  if (states.every(({ status }) => status === "True"))
    return yes("Ready", "The function serves what was asked for.");
  return explanations.Serving.status === "True" ? explanations.Deployed : explanations.Serving;
}

function toAddress(name: string, namespace: string, plan: Plan): string {
  const port = plan.service.spec.ports?.[0]?.port ?? plan.port.number;
  return `http://${name}.${namespace}.svc${port === 80 ? "" : `:${port}`}`;
}

function findChild<Kind>(children: readonly LiveChild[], kind: string, name: string): Kind | undefined {
  return children.find((child) => child.kind === kind && child.metadata.name === name) as Kind | undefined;
}

function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
