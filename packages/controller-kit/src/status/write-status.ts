import type { ClusterClient } from "../cluster/client.ts";
import type { Live } from "../cluster/kubernetes-object.ts";
import type { Resource } from "../cluster/resource.ts";
import { type Condition, type ConditionStatement, mergeConditions } from "./conditions.ts";
import { createMergePatch } from "./merge-patch.ts";

/** The whole `status` that a controller wants; conditions without times. */
export type StatusStatement = { conditions: readonly ConditionStatement[] } & { [field: string]: unknown };

type WithStatus = Live<{ status?: { conditions?: Condition[]; [field: string]: unknown } }>;

export interface WriteStatusOptions {
  /** Default: now. */
  now?: Date | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Makes the object's status what is stated: conditions get their transition times, and together with the status the
 * generation they are about (`observedGeneration`). Nothing is sent when nothing differs. `Conflict` when the object
 * changed since it was read. Fields of the status that are not stated go.
 * @returns the object with its new status, or undefined when there was nothing to write.
 */
export async function writeStatus<T extends object>(
  client: ClusterClient,
  resource: Resource<T>,
  object: Live<T>,
  statement: StatusStatement,
  { now = new Date(), signal }: WriteStatusOptions = {},
): Promise<Live<T> | undefined> {
  const { generation, resourceVersion } = object.metadata;
  const before = (object as WithStatus).status ?? {};
  const conditions = mergeConditions(before.conditions, statement.conditions, { generation, now });
  const wanted = { observedGeneration: generation, ...statement, conditions };
  const status = createMergePatch(before, JSON.parse(JSON.stringify(wanted)));
  if (status === undefined) return undefined;
  const patch = { metadata: { resourceVersion }, status };
  return client.patch(resource, object.metadata, patch, { subresource: "status", signal });
}
