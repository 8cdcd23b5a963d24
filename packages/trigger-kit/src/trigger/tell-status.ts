import type { ConditionType, Reason } from "@kubeless/api-types";
import type { ConditionStatement, StatusStatement } from "@kubeless/controller-kit";
import type { Capabilities } from "../source.ts";
import type { BindingState } from "./binding-state.ts";
import { isTriggerFault, type TriggerFault, type TriggerPlan } from "./plan-trigger.ts";
import type { TriggerSpec } from "./trigger-kind.ts";

type State = Omit<ConditionStatement<Reason>, "type">;
/** What every kind of event trigger has. */
type Conditions = Record<
  Extract<
    ConditionType,
    "Ready" | "Accepted" | "FunctionFound" | "Connected" | "Progressing" | "DeadLetterWritable"
  >,
  State
>;
type Explanations = Omit<Conditions, "Ready">;

/** One binding, as the status tells it. */
export interface BindingReport {
  readonly function: string;
  /** See `EventSource.group`. */
  readonly group: string | undefined;
  readonly isReady: boolean;
  readonly state: BindingState;
}

/** Tells an event trigger's status: whether events reach its functions, and if not, why and what to do. */
export function tellStatus(
  planned: TriggerPlan<TriggerSpec> | TriggerFault,
  bindings: readonly BindingReport[],
): StatusStatement {
  const explanations: Explanations = isTriggerFault(planned)
    ? {
        Accepted: no(planned.reason, planned.message),
        FunctionFound: PENDING,
        Connected: PENDING,
        Progressing: PENDING,
        DeadLetterWritable: PENDING,
      }
    : {
        Accepted: yes("Accepted", "The trigger can be worked with."),
        FunctionFound: tellFunctions(planned, bindings),
        Connected: tellConnected(planned, bindings),
        Progressing: tellProgress(planned.spec, bindings),
        DeadLetterWritable: tellDeadLetters(planned.spec, bindings),
      };
  const conditions: Conditions = { Ready: tellReady(explanations), ...explanations };
  return {
    conditions: Object.entries(conditions).map(([type, state]) => ({ type, ...state })),
    bindings: isTriggerFault(planned) ? [] : bindings.map((binding) => tellBinding(planned.spec, binding)),
  };
}

const PENDING: State = { status: "Unknown", reason: "Pending", message: "It has not been tried yet." };

function tellFunctions(
  { spec, capabilities }: TriggerPlan<TriggerSpec>,
  bindings: readonly BindingReport[],
): State {
  if (spec.suspend) return no("Suspended", suspended(capabilities));
  if (bindings.length > 0)
    return yes("FunctionFound", `${bindings.map((binding) => binding.function).join(", ")}: found.`);
  const what =
    spec["function-name"] === undefined
      ? "No Function of this namespace has the labels that spec.functionSelector asks for"
      : `There is no Function ${spec["function-name"]}`;
  return no("FunctionNotFound", `${what}: nothing is read until there is one.`);
}

function tellConnected(
  { spec, capabilities }: TriggerPlan<TriggerSpec>,
  bindings: readonly BindingReport[],
): State {
  if (spec.suspend) return no("Suspended", suspended(capabilities));
  const broken = bindings.find(({ state }) => state.connection !== undefined)?.state.connection;
  if (broken !== undefined) return no(broken.reason, broken.message);
  return bindings.length > 0 && bindings.every(({ state }) => state.isOpen)
    ? yes("Connected", "The source answers.")
    : PENDING;
}

function suspended({ backPressure }: Capabilities): string {
  return backPressure === "pause"
    ? "spec.suspend is true: nothing is read."
    : "spec.suspend is true: nothing is read, and what is sent meanwhile is lost, since this source keeps nothing.";
}

function tellProgress(spec: TriggerSpec, bindings: readonly BindingReport[]): State {
  if (spec.suspend) return no("Suspended", "spec.suspend is true: nothing is delivered.");
  const waiting = bindings.find(({ isReady }) => !isReady);
  if (waiting !== undefined)
    return no("FunctionNotReady", `${waiting.function} has no ready pod; its events wait.`);
  const held = bindings.find(({ state }) => state.hold !== undefined)?.state.hold;
  if (held !== undefined) return no(held.reason, held.message);
  const uncommitted = bindings.find(({ state }) => state.commitFault !== undefined);
  if (uncommitted !== undefined)
    return no("CommitFailed", `${uncommitted.function}: ${uncommitted.state.commitFault}`);
  const stuck = bindings.find(({ state }) => state.rebuiltBecause !== undefined);
  if (stuck !== undefined) return no("NoProgress", `${stuck.state.rebuiltBecause} The client was rebuilt.`);
  const behind = bindings.find(({ state }) => state.positionLost !== undefined);
  if (behind !== undefined) return yes("PositionLost", `${behind.function}: ${behind.state.positionLost}`);
  const losing = bindings.find(({ state }) => state.lost > 0);
  if (losing !== undefined)
    return yes(
      "DeliveryFailed",
      `${losing.state.lost} events of ${losing.function} were not taken and, at most once, are gone. Last: ${losing.state.lastFailure ?? "no room"}`,
    );
  return bindings.length === 0 ? PENDING : yes("Progressing", "Events are delivered, or there are none.");
}

function tellDeadLetters(spec: TriggerSpec, bindings: readonly BindingReport[]): State {
  if (spec.delivery.guarantee === "atMostOnce")
    return yes("NoDeadLetter", "At most once there are no dead letters.");
  if (spec.delivery.deadLetter === undefined)
    return yes("NoDeadLetter", "None is named: an event that fails for good holds its position.");
  const unwritable = bindings.find(({ state }) => state.hold?.reason === "DeadLetterUnwritable")?.state.hold;
  return unwritable === undefined
    ? yes("DeadLetterWritable", "Dead letters can be written, or none was needed.")
    : no("DeadLetterUnwritable", unwritable.message);
}

function tellReady(explanations: Explanations): State {
  const hindrance = Object.values(explanations).find(({ status }) => status !== "True");
  return hindrance ?? yes("Ready", "Events reach their functions.");
}

function tellBinding(
  { delivery }: TriggerSpec,
  { function: name, group, isReady, state }: BindingReport,
): object {
  const hindrance: Pick<State, "reason" | "message"> | undefined =
    state.connection ??
    state.hold ??
    (isReady
      ? undefined
      : { reason: "FunctionNotReady", message: `${name} has no ready pod; its events wait.` });
  return {
    function: name,
    ready: hindrance === undefined && state.isOpen,
    ...(hindrance === undefined ? {} : { reason: hindrance.reason, message: hindrance.message }),
    ...(group === undefined ? {} : { group }),
    guarantee: delivery.guarantee,
    ordering: delivery.ordering,
    ...(state.lag === undefined ? {} : { lag: state.lag }),
  };
}

function yes(reason: Reason, message: string): State {
  return { status: "True", reason, message };
}

function no(reason: Reason, message: string): State {
  return { status: "False", reason, message };
}
