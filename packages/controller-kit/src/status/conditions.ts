/** A condition as Kubernetes keeps it: https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties */
export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
  /** RFC 3339; when `status` last changed. */
  lastTransitionTime: string;
  observedGeneration?: number | undefined;
}

/** What a controller states; the rest of a {@link Condition} follows from what was there before. */
export type ConditionStatement<Reason extends string = string> = Pick<
  Condition,
  "type" | "status" | "message"
> & { reason: Reason };

/** The same of whichever type: what `yes`, `no` and `unknown` say. */
export type ConditionState<Reason extends string = string> = Omit<ConditionStatement<Reason>, "type">;

export function yes<Reason extends string>(reason: Reason, message: string): ConditionState<Reason> {
  return { status: "True", reason, message };
}

export function no<Reason extends string>(reason: Reason, message: string): ConditionState<Reason> {
  return { status: "False", reason, message };
}

/** It is not known yet, or nothing was said of it. */
export function unknown<Reason extends string>(reason: Reason, message: string): ConditionState<Reason> {
  return { status: "Unknown", reason, message };
}

export interface MergeConditionsOptions {
  /** The object's `metadata.generation` that the statements are about. */
  generation: number | undefined;
  now: Date;
}

/** The statements as conditions, in their order; the transition time stays when the status did. */
export function mergeConditions(
  before: readonly Condition[] | undefined,
  statements: readonly ConditionStatement[],
  { generation, now }: MergeConditionsOptions,
): Condition[] {
  const known = new Map(before?.map((condition) => [condition.type, condition]));
  return statements.map(({ type, status, reason, message }) => {
    const previous = known.get(type);
    const lastTransitionTime =
      previous?.status === status && previous.lastTransitionTime
        ? previous.lastTransitionTime
        : toSeconds(now);
    const observedGeneration = generation === undefined ? {} : { observedGeneration: generation };
    return { type, status, reason, message, lastTransitionTime, ...observedGeneration };
  });
}

export function findCondition(
  object: { status?: { conditions?: readonly Condition[] | undefined } | undefined },
  type: string,
): Condition | undefined {
  return object.status?.conditions?.find((condition) => condition.type === type);
}

/** Kubernetes' times have whole seconds. */
function toSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
