import type { Delivery, FunctionSelector, ParseResult } from "@kubeless/api-types";
import type { Live, Resource } from "@kubeless/controller-kit";

/** What every event trigger's spec has. */
export interface TriggerSpec {
  readonly delivery: Delivery;
  readonly filter?: string | undefined;
  readonly suspend: boolean;
  /** Which functions get the events; a kind has this or `function-name`. */
  readonly functionSelector?: FunctionSelector | undefined;
  readonly "function-name"?: string | undefined;
}

export interface TriggerObject<Spec extends TriggerSpec = TriggerSpec> {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string | undefined };
  spec: Spec;
  status?: Record<string, unknown> | undefined;
}

/** A kind of trigger, as its controller needs to know it. */
export interface TriggerKind<Spec extends TriggerSpec> {
  readonly resource: Resource<TriggerObject<Spec>>;
  /** Checks a stored object and fills in defaults. */
  parse(object: unknown): ParseResult<{ readonly spec: Spec }>;
  /** The source's short name, as it stands in `ce-type`. */
  readonly source: string;
  /** A finalizer that Kubeless 1.0.x left: removed wherever it is met. A kind that it did not have has none. */
  readonly formerFinalizer?: string | undefined;
}

export type LiveTrigger<Spec extends TriggerSpec> = Live<TriggerObject<Spec>>;
