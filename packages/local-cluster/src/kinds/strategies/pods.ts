import type { Fault } from "../../errors.ts";
import { StatusError } from "../../errors.ts";
import { isEqual } from "../../patch/json-patch.ts";
import type { Cluster, Target } from "../../pipeline/cluster.ts";
import {
  annotationFaults,
  denied,
  labelFaults,
  randomLetters,
  required,
  wrong,
} from "../../pipeline/metadata.ts";
import { isJson, type Json } from "../../schema/prune.ts";
import { keyOf } from "../../store/store.ts";
import type { Draft } from "../resource.ts";
import type { Strategy } from "../strategy.ts";
import { admitClasses } from "./pod-classes.ts";

interface Container extends Json {
  name?: string;
  image?: string;
  resources?: { limits?: Json; requests?: Json };
  volumeMounts?: { name?: string; mountPath?: string; readOnly?: boolean }[];
  ports?: { containerPort?: number; name?: string }[];
  env?: { name?: string }[];
}

interface PodSpec extends Json {
  containers?: Container[];
  initContainers?: Container[];
  volumes?: { name?: string }[];
  serviceAccountName?: string;
  serviceAccount?: string;
  automountServiceAccountToken?: boolean;
  restartPolicy?: string;
}

export const podStrategy: Strategy = {
  prepareCreate: (draft, cluster, target) => {
    const spec = draft.spec as PodSpec;
    spec.enableServiceLinks ??= true;
    admitClasses(draft, spec);
    tolerateLapses(spec);
    for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])])
      requestLimits(container);
    admitServiceAccount(draft, spec, cluster, target);
    draft.status = { phase: "Pending", qosClass: qosClass(spec) };
  },
  validate: (draft) => podSpecFaults(draft.spec as PodSpec, "spec"),
  validateUpdate: (draft, before) => [
    ...immutableSpec(draft.spec as PodSpec, before.spec as PodSpec),
    ...shrunkFaults(draft.spec as PodSpec, before.spec as PodSpec),
  ],
};

/** A node that is lost for five minutes loses its pods, unless they say otherwise. */
function tolerateLapses(spec: PodSpec): void {
  const own = (spec.tolerations ?? []) as { key?: string; effect?: string }[];
  const isSaid = (taint: string) =>
    own.some(
      ({ key = "", effect = "" }) =>
        (key === "" || key === taint) && (effect === "" || effect === "NoExecute"),
    );
  const missing = ["not-ready", "unreachable"]
    .map((lapse) => `node.kubernetes.io/${lapse}`)
    .filter((taint) => !isSaid(taint));
  const added = missing.map((key) => ({
    key,
    operator: "Exists",
    effect: "NoExecute",
    tolerationSeconds: 300,
  }));
  spec.tolerations = [...own, ...added];
}

/** What is limited and not requested is requested in full. */
function requestLimits({ resources }: Container): void {
  if (resources?.limits !== undefined) resources.requests = { ...resources.limits, ...resources.requests };
}

const tokenPath = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The service account must be there; its token is mounted unless that is declined. */
function admitServiceAccount(draft: Draft, spec: PodSpec, cluster: Cluster, target: Target): void {
  spec.serviceAccountName ||= "default";
  spec.serviceAccount = spec.serviceAccountName;
  const account = cluster.store.get("serviceaccounts", keyOf(target.namespace, spec.serviceAccountName)) as
    | { automountServiceAccountToken?: boolean; imagePullSecrets?: object[] }
    | undefined;
  if (account === undefined) {
    throw new StatusError(
      "Forbidden",
      `pods "${draft.metadata.name}" is forbidden: error looking up service account ${target.namespace}/${spec.serviceAccountName}: serviceaccount "${spec.serviceAccountName}" not found`,
      { name: draft.metadata.name, kind: "pods" },
    );
  }
  if (spec.imagePullSecrets === undefined && account.imagePullSecrets !== undefined)
    spec.imagePullSecrets = account.imagePullSecrets;
  if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(spec);
}

function mountToken(spec: PodSpec): void {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const lacking = containers.filter(
    (container) => !container.volumeMounts?.some(({ mountPath }) => mountPath === tokenPath),
  );
  if (lacking.length === 0) return;
  const name = `kube-api-access-${randomLetters(5)}`;
  spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
  for (const container of lacking) {
    container.volumeMounts = [
      ...(container.volumeMounts ?? []),
      { name, readOnly: true, mountPath: tokenPath },
    ];
  }
}

function tokenVolume(name: string): { name: string } & Json {
  const namespace = { path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } };
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    { downwardAPI: { items: [namespace] } },
  ];
  return { name, projected: { sources, defaultMode: 420 } };
}

function qosClass(spec: PodSpec): string {
  const all = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(
    ({ resources = {} }) => resources,
  );
  const names = ["cpu", "memory"];
  if (
    all.every(({ limits = {}, requests = {} }) =>
      names.every((name) => !(name in limits) && !(name in requests)),
    )
  )
    return "BestEffort";
  const isGuaranteed = all.every(({ limits = {}, requests = limits }) =>
    names.every((name) => name in limits && isEqual(limits[name], requests[name])),
  );
  return isGuaranteed ? "Guaranteed" : "Burstable";
}

/** What is wrong with a pod's spec, in a pod or in a template. */
function podSpecFaults(spec: PodSpec | undefined, path: string): Fault[] {
  const containers = spec?.containers ?? [];
  if (containers.length === 0) return [required(`${path}.containers`)];
  const volumes = new Set((spec?.volumes ?? []).map(({ name }) => name));
  const seen = new Set<string>();
  const faults = (["initContainers", "containers"] as const).flatMap((list) =>
    (spec?.[list] ?? []).flatMap((container, index) =>
      containerFaults(container, `${path}.${list}[${index}]`, volumes, seen),
    ),
  );
  const volumeNames = new Set<string>();
  (spec?.volumes ?? []).forEach(({ name = "" }, index) => {
    if (volumeNames.has(name)) faults.push(duplicate(`${path}.volumes[${index}].name`, name));
    volumeNames.add(name);
  });
  return faults;
}

const labelPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const labelWords =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

function containerFaults(
  container: Container,
  path: string,
  volumes: ReadonlySet<string | undefined>,
  seen: Set<string>,
): Fault[] {
  const faults: Fault[] = [];
  const { name = "", image = "" } = container;
  if (name.length > 63) faults.push(wrong(`${path}.name`, name, "must be no more than 63 bytes"));
  else if (name !== "" && !labelPattern.test(name)) faults.push(wrong(`${path}.name`, name, labelWords));
  if (name === "") faults.push(required(`${path}.name`));
  if (name !== "" && seen.has(name)) faults.push(duplicate(`${path}.name`, name));
  seen.add(name);
  if (image === "") faults.push(required(`${path}.image`));
  const [portNames, paths] = [new Set<string>(), new Set<string>()];
  container.ports?.forEach(({ containerPort = 0, name: portName = "" }, index) => {
    if (portName !== "" && portNames.has(portName))
      faults.push(duplicate(`${path}.ports[${index}].name`, portName));
    portNames.add(portName);
    if (containerPort === 0) faults.push(required(`${path}.ports[${index}].containerPort`));
    else if (containerPort < 1 || containerPort > 65535)
      faults.push(wrong(`${path}.ports[${index}].containerPort`, containerPort, portWords));
  });
  container.volumeMounts?.forEach(({ name: volume, mountPath }, index) => {
    if (!volumes.has(volume))
      faults.push({
        reason: "FieldValueNotFound",
        field: `${path}.volumeMounts[${index}].name`,
        message: `Not found: ${JSON.stringify(volume)}`,
      });
    if (!mountPath) faults.push(required(`${path}.volumeMounts[${index}].mountPath`));
    else if (paths.has(mountPath))
      faults.push(wrong(`${path}.volumeMounts[${index}].mountPath`, mountPath, "must be unique"));
    paths.add(mountPath ?? "");
  });
  container.env?.forEach((variable, index) => {
    if (!variable.name) faults.push(required(`${path}.env[${index}].name`));
  });
  return faults;
}

const portWords = "must be between 1 and 65535, inclusive";

function duplicate(field: string, value: unknown): Fault {
  return { reason: "FieldValueDuplicate", field, message: `Duplicate value: ${JSON.stringify(value)}` };
}

export function templateFaults(template: Json | undefined, path: string): Fault[] {
  const labels = (isJson(template?.metadata) ? template.metadata.labels : undefined) as
    | Record<string, string>
    | undefined;
  const annotations = isJson(template?.metadata) ? template.metadata.annotations : undefined;
  return [
    ...labelFaults(labels ?? {}, `${path}.metadata.labels`),
    // Upstream's name of the field is so.
    ...annotationFaults((annotations ?? {}) as Record<string, string>, `${path}.annotations`),
    ...podSpecFaults(template?.spec as PodSpec | undefined, `${path}.spec`),
  ];
}

const mutable = ["activeDeadlineSeconds", "tolerations", "nodeName", "schedulingGates"];

/** Tolerations may be added, and gates only taken away. */
function shrunkFaults(spec: PodSpec, before: PodSpec): Fault[] {
  const withoutTime = ({ tolerationSeconds: _seconds, ...rest }: Json) => rest;
  const [now, then] = [spec, before].map(({ tolerations }) =>
    ((tolerations ?? []) as Json[]).map(withoutTime),
  );
  const isKept = then?.every((old) => now?.some((one) => isEqual(one, old))) ?? true;
  const gates = (one: PodSpec) =>
    ((one.schedulingGates ?? []) as { name?: string }[]).map(({ name }) => name);
  const [nowHeld, thenHeld] = [gates(spec), gates(before)];
  const words = "existing toleration can not be modified except its tolerationSeconds";
  return [
    ...(isKept ? [] : [denied("spec.tolerations", words)]),
    ...nowHeld.flatMap((name, index) =>
      thenHeld.includes(name)
        ? []
        : [
            denied(
              `spec.schedulingGates[${index}].name`,
              `only deletion is allowed, but found new scheduling gate '${name}'`,
            ),
          ],
    ),
  ];
}

/** A negative time to end, which old objects may hold, is mended by setting it to 1. */
function mayBecomeOne(spec: Json, before: Json): boolean {
  return spec.terminationGracePeriodSeconds === 1 && Number(before.terminationGracePeriodSeconds) < 0;
}

function immutableSpec(spec: PodSpec, before: PodSpec): Fault[] {
  const frozen = (value: PodSpec) => {
    const withoutImages = (list: Container[] | undefined) => list?.map(({ image: _image, ...rest }) => rest);
    const copy: Json = {
      ...value,
      containers: withoutImages(value.containers),
      initContainers: withoutImages(value.initContainers),
    };
    for (const field of mutable) delete copy[field];
    if (value === spec && mayBecomeOne(spec, before))
      copy.terminationGracePeriodSeconds = before.terminationGracePeriodSeconds;
    return JSON.parse(JSON.stringify(copy)) as Json;
  };
  const wasBound =
    before.nodeName !== undefined && before.nodeName !== "" && spec.nodeName !== before.nodeName;
  if (!wasBound && isEqual(frozen(spec), frozen(before))) return [];
  const words =
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
  return [denied("spec", words)];
}
