import { createHash } from "node:crypto";
import {
  CREATED_BY,
  type CronJobTrigger,
  type CronJobTriggerSpec,
  checkSchedule,
  checkTimeZone,
  cronJobTriggerResource,
  DEFAULT_FUNCTION_PORT,
  type FunctionObject,
  formatFaults,
  labels,
  type Reason,
  timeoutSeconds,
} from "@kubeless/api-types";
import type { Fault, Live } from "@kubeless/controller-kit";
import { toCronJobName } from "../names.ts";

/** Everything that a trigger and its function decide, understood and checked once. */
export interface Plan {
  readonly name: string;
  readonly namespace: string;
  readonly cronJobName: string;
  readonly spec: CronJobTriggerSpec;
  readonly labels: Readonly<Record<string, string>>;
  /** Those of the pods: never what the function's Service selects by, or calls would be sent to the pod that calls. */
  readonly podLabels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Undefined: there is no such function, and no run is started. */
  readonly target: { readonly url: string; readonly timeoutSeconds: number } | undefined;
  /** Undefined: a GET without a body. */
  readonly payload: { readonly text: string; readonly configMapName: string } | undefined;
}

/** https://kubernetes.io/docs/concepts/configuration/configmap/#motivation */
const MAX_CONFIG_MAP_BYTES = 1_048_576;

/** Understands a trigger; a Fault says what its owner has to change. */
export function planTrigger(
  object: Live<CronJobTrigger>,
  target: Live<FunctionObject> | undefined,
): Plan | Fault<Reason> {
  const parsed = cronJobTriggerResource.parse(object);
  if (!parsed.ok) return refuse("InvalidSpec", formatFaults(parsed.faults).replaceAll("\n", "; "));
  const { spec } = parsed.value;
  const { name, namespace = "" } = object.metadata;
  const payload = planPayload(name, spec.payload);
  const fault = checkTimes(spec) ?? checkSize(payload);
  if (fault !== undefined) return fault;
  const ours = { ...object.metadata.labels, [labels.createdBy]: CREATED_BY, [labels.trigger]: name };
  return {
    name,
    namespace,
    cronJobName: toCronJobName(name),
    spec,
    labels: { ...target?.metadata.labels, ...ours },
    podLabels: Object.fromEntries(Object.entries(ours).filter(([label]) => label !== labels.function)),
    annotations: withoutKubectl(object.metadata.annotations ?? {}),
    target:
      target === undefined ? undefined : { url: toUrl(target), timeoutSeconds: timeoutSeconds(target.spec) },
    payload,
  };
}

function checkTimes({ schedule, timeZone }: CronJobTriggerSpec): Fault<Reason> | undefined {
  const wrongSchedule = checkSchedule(schedule);
  if (wrongSchedule !== undefined) return refuse("InvalidSchedule", `spec.schedule: ${wrongSchedule}`);
  const wrongZone = timeZone === undefined || timeZone === "" ? undefined : checkTimeZone(timeZone);
  return wrongZone === undefined ? undefined : refuse("InvalidSchedule", `spec.timeZone: ${wrongZone}`);
}

function checkSize(payload: Plan["payload"]): Fault<Reason> | undefined {
  const bytes = Buffer.byteLength(payload?.text ?? "");
  if (bytes <= MAX_CONFIG_MAP_BYTES) return undefined;
  return refuse(
    "InvalidSpec",
    `spec.payload: it is ${bytes} bytes as JSON, and a ConfigMap holds ${MAX_CONFIG_MAP_BYTES}; write a smaller one, or let the function fetch it.`,
  );
}

function refuse(reason: Reason, message: string): Fault<Reason> {
  return { fault: true, reason, message };
}

function planPayload(name: string, payload: unknown): Plan["payload"] {
  if (payload === undefined || payload === null) return undefined;
  const text = JSON.stringify(payload);
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 10);
  return { text, configMapName: `${toCronJobName(name)}-payload-${hash}` };
}

/** The function's Service, by its name within the cluster (no cluster domain is assumed) and its first port. */
function toUrl(target: Live<FunctionObject>): string {
  const [first] = ((target.spec.service as { ports?: readonly { port?: number }[] } | null | undefined)
    ?.ports ?? []) as readonly { port?: number }[];
  return `http://${target.metadata.name}.${target.metadata.namespace}.svc:${first?.port ?? DEFAULT_FUNCTION_PORT}/`;
}

function withoutKubectl(annotations: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations).filter(([key]) => !key.startsWith("kubectl.kubernetes.io/")),
  );
}
