import { API_VERSION, CREATED_BY, FUNCTION_PORT_NAME, labels } from "@kubeless/api-types";
import { splitPair, UsageError } from "../parse.ts";
import type { Container, FunctionObject, PodSpec, ServiceSpec } from "./function-object.ts";
import { isQuantity } from "./quantity.ts";

/** What a command line changes in a Function. What is undefined stays as it is. */
export interface FunctionChanges {
  readonly runtime?: string | undefined;
  readonly handler?: string | undefined;
  readonly source?:
    | { readonly text: string; readonly contentType: string; readonly checksum: string }
    | undefined;
  /** The text of the dependency file. */
  readonly dependencies?: string | undefined;
  /** `k=v`, `k:v` or `k`; merged into those there. */
  readonly labels?: readonly string[] | undefined;
  /** `K=v`; takes the place of all plain values there. Values that come from Secrets and the like stay. */
  readonly environment?: readonly string[] | undefined;
  /** Names of Secrets, each mounted at `/<name>`; added to those there. */
  readonly secrets?: readonly string[] | undefined;
  /** `k=v`; takes the place of all there. */
  readonly nodeSelectors?: readonly string[] | undefined;
  readonly serviceAccount?: string | undefined;
  /** Quantities, each both limit and request. */
  readonly memory?: string | undefined;
  readonly cpu?: string | undefined;
  readonly image?: string | undefined;
  readonly imagePullPolicy?: string | undefined;
  readonly timeoutSeconds?: string | undefined;
  /** The port the function listens on. */
  readonly port?: number | undefined;
  /** The port the Service offers; 0 is the same as `port`. */
  readonly servicePort?: number | undefined;
  readonly headless?: boolean | undefined;
}

const defaultPort = 8080;
/**
 * The Function with the changes made and everything else as it was: sidecars, probes, commands, volumes and fields this
 * program does not know. Deploying is changing an empty Function.
 * @throws UsageError for labels that belong to Kubeless, and for quantities that are none
 */
export function changeFunction(before: FunctionObject, changes: FunctionChanges): FunctionObject {
  const changed = structuredClone(before);
  const { spec } = changed;
  setDefined(spec, {
    runtime: changes.runtime,
    handler: changes.handler,
    timeout: changes.timeoutSeconds,
    deps: changes.dependencies,
    function: changes.source?.text,
    "function-content-type": changes.source?.contentType,
    checksum: changes.source?.checksum,
  });
  if (changes.labels !== undefined)
    changed.metadata.labels = { ...changed.metadata.labels, ...toLabels(changes.labels) };
  changePod(changed, changes);
  changeService(changed, changes);
  return changed;
}

/** A Function with nothing but a name. */
export function emptyFunction(namespace: string, name: string): FunctionObject {
  return {
    apiVersion: API_VERSION,
    kind: "Function",
    metadata: { name, namespace, labels: { [labels.createdBy]: CREATED_BY, [labels.function]: name } },
    spec: {},
  };
}

function toLabels(items: readonly string[]): Record<string, string> {
  const given = Object.fromEntries(items.map(splitPair));
  const taken = [labels.function, labels.createdBy].filter((key) => key in given);
  if (taken.length > 0)
    throw new UsageError(
      `The label ${taken.join(" and ")} belongs to Kubeless: choose another name with --label.`,
    );
  return given;
}

function changePod(changed: FunctionObject, changes: FunctionChanges): void {
  if (!touchesPod(changes)) return;
  const pod = podOf(changed);
  const container = mainContainerOf(pod);
  setDefined(pod, {
    serviceAccountName: changes.serviceAccount,
    nodeSelector: changes.nodeSelectors && Object.fromEntries(changes.nodeSelectors.map(splitPair)),
  });
  setDefined(container, { image: changes.image, imagePullPolicy: changes.imagePullPolicy });
  if (changes.environment !== undefined)
    container.env = replaceValues(container.env ?? [], changes.environment);
  changeResources(container, changes);
  for (const secret of changes.secrets ?? []) mountSecret(pod, container, secret);
}

function touchesPod(changes: FunctionChanges): boolean {
  const { serviceAccount, nodeSelectors, image, imagePullPolicy, environment, memory, cpu, secrets } =
    changes;
  return [serviceAccount, nodeSelectors, image, imagePullPolicy, environment, memory, cpu, secrets].some(
    (change) => change !== undefined,
  );
}

/** The pod template's spec, made on the way where old objects hold null or nothing. */
function podOf({ spec }: FunctionObject): PodSpec {
  const deployment = own(spec, "deployment");
  return own(own(own(deployment, "spec"), "template"), "spec") as PodSpec;
}

function own<T extends object, K extends keyof T>(parent: T, key: K): NonNullable<T[K]> & object {
  parent[key] ??= {} as T[K];
  return parent[key] as NonNullable<T[K]> & object;
}

function mainContainerOf(pod: PodSpec): Container {
  pod.containers ??= [];
  const first = pod.containers[0] ?? {};
  pod.containers[0] = first;
  return first;
}

type EnvironmentEntry = NonNullable<Container["env"]>[number];

function replaceValues(before: readonly EnvironmentEntry[], items: readonly string[]): EnvironmentEntry[] {
  const values = new Map(items.map(splitPair));
  const kept = before.filter((entry) => entry.valueFrom != null && !values.has(entry.name));
  return [...kept, ...[...values].map(([name, value]) => ({ name, value }))];
}

function changeResources(container: Container, { memory, cpu }: FunctionChanges): void {
  checkQuantity("--memory", "128Mi", memory);
  checkQuantity("--cpu", "100m", cpu);
  const given = { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) };
  if (Object.keys(given).length === 0) return;
  const { limits, requests, ...rest } = container.resources ?? {};
  container.resources = { ...rest, limits: { ...limits, ...given }, requests: { ...requests, ...given } };
}

function checkQuantity(flag: string, example: string, value: string | undefined): void {
  if (value && !isQuantity(value))
    throw new UsageError(`${flag} is a quantity such as ${example}, not ${JSON.stringify(value)}.`);
}

function mountSecret(pod: PodSpec, container: Container, secret: string): void {
  const name = `${secret}-vol`;
  pod.volumes ??= [];
  container.volumeMounts ??= [];
  if (!pod.volumes.some((volume) => volume.name === name))
    pod.volumes.push({ name, secret: { secretName: secret } });
  if (!container.volumeMounts.some((mount) => mount.name === name))
    container.volumeMounts.push({ name, mountPath: `/${secret}` });
}

function changeService(changed: FunctionObject, { port, servicePort, headless }: FunctionChanges): void {
  if (port === undefined && servicePort === undefined && headless === undefined) return;
  changed.spec.service ??= {};
  const { service } = changed.spec;
  service.type ??= "ClusterIP";
  service.selector ??= {
    [labels.createdBy]: CREATED_BY,
    [labels.function]: changed.metadata.name,
  };
  changePort(service, port, servicePort);
  if (headless === true) service.clusterIP = "None";
  if (headless === false && service.clusterIP === "None") delete service.clusterIP;
}

/** The first port, which is the function's; the Service's own port follows it as long as the two were the same. */
function changePort(service: ServiceSpec, port: number | undefined, servicePort: number | undefined): void {
  service.ports ??= [];
  const first = service.ports[0] ?? {};
  service.ports[0] = first;
  const target = port ?? first.targetPort ?? first.port ?? defaultPort;
  const wasSame = first.port === undefined || first.port === (first.targetPort ?? first.port);
  const offered = servicePort ?? (wasSame ? 0 : first.port);
  first.name ??= FUNCTION_PORT_NAME;
  first.protocol ??= "TCP";
  first.port =
    offered === 0 || offered === undefined ? (typeof target === "number" ? target : defaultPort) : offered;
  first.targetPort = target;
}

function setDefined<T extends object>(
  target: T,
  values: Partial<{ [K in keyof T]: T[K] | undefined }>,
): void {
  for (const [key, value] of Object.entries(values))
    if (value !== undefined) target[key as keyof T] = value as T[keyof T];
}
