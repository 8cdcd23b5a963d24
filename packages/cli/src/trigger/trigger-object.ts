import { API_VERSION, CREATED_BY, resources as kinds, labels } from "@kubeless/api-types";
import type { Resource } from "@kubeless/controller-kit";
import { toError } from "../errors.ts";
import type { Condition } from "../function/function-object.ts";

/** A trigger as it is stored; what its kind adds stands in `spec`. */
export interface TriggerObject<Spec extends object = Record<string, unknown>> {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string | undefined;
    labels?: Record<string, string> | undefined;
    resourceVersion?: string | undefined;
    creationTimestamp?: string | undefined;
    generation?: number | undefined;
  };
  spec: Spec;
  status?: {
    conditions?: Condition[] | null;
    observedGeneration?: number | null;
    [key: string]: unknown;
  } | null;
}

const define = (kind: string, plural: string): Resource<TriggerObject> => ({
  apiVersion: API_VERSION,
  kind,
  plural,
  namespaced: true,
});

export const triggerKinds = {
  http: define("HTTPTrigger", "httptriggers"),
  cronjob: define("CronJobTrigger", "cronjobtriggers"),
  kafka: define("KafkaTrigger", "kafkatriggers"),
  nats: define("NATSTrigger", "natstriggers"),
  kinesis: define("KinesisTrigger", "kinesistriggers"),
} as const;

export type TriggerKind = keyof typeof triggerKinds;

/** A new trigger with the labels that Kubeless' own objects have. */
export function newTrigger(kind: TriggerKind, namespace: string, name: string, spec: object): TriggerObject {
  const { apiVersion, kind: kindName } = triggerKinds[kind];
  return {
    apiVersion,
    kind: kindName,
    metadata: { name, namespace, labels: { [labels.createdBy]: CREATED_BY } },
    spec: { ...spec },
  };
}

/**
 * Checks what the flags made of a trigger. What was wrong with it `before` may stay, as the API server has it.
 * @throws CliError InvalidObject, with every field that is wrong
 */
export function checkTrigger(object: TriggerObject, before?: TriggerObject): void {
  const old = before === undefined ? [] : findFaults(before).map(({ path }) => path);
  const faults = findFaults(object).filter(({ path }) => !old.includes(path));
  if (faults.length === 0) return;
  const lines = faults.map(({ path, message }) => `\n  ${path}: ${message}`).join("");
  throw toError("InvalidObject", { kind: object.kind, name: object.metadata.name, faults: lines });
}

function findFaults(object: TriggerObject) {
  const result = kinds.find(({ kind }) => kind === object.kind)?.parse(object);
  return result === undefined || result.ok ? [] : result.faults;
}
