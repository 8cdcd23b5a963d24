import type { ClusterApi, KubeObject } from "../api/cluster-api.ts";
import { type NodeFacts, readField, readResource } from "./downward-api.ts";
import { type Container, namespaceOf, type Pod } from "./pod.ts";

/** Why a container cannot be configured; the kubelet's own words, reason CreateContainerConfigError. */
export class ConfigError extends Error {}

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

/**
 * The variables of a container's `envFrom` and `env`, in the order in which later ones win, with `$(NAME)` expanded.
 * `initial` (service variables and the image's own) can be referred to and is overridden. Throws ConfigError.
 */
export function buildEnvironment(
  api: ClusterApi,
  node: NodeFacts,
  pod: Pod,
  container: Container,
  initial: Readonly<Record<string, string>>,
): Record<string, string> {
  const result: Record<string, string> = { ...initial };
  for (const source of container.envFrom ?? []) Object.assign(result, readEnvFrom(api, pod, source));
  for (const variable of container.env ?? []) {
    const value =
      variable.valueFrom === undefined
        ? expand(variable.value ?? "", result)
        : readValueFrom(api, node, pod, container, variable.valueFrom);
    if (value !== undefined) result[variable.name] = value;
  }
  return result;
}

/** `$(NAME)` → its value, `$$(NAME)` → `$(NAME)`, an unknown name stays as it is written. */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^()]*)\)/g, (match, name: string | undefined) => {
    if (name === undefined) return "$";
    return Object.hasOwn(variables, name) ? (variables[name] ?? match) : match;
  });
}

/** The variables that tell a pod of the services of its namespace, as `docker --link` once did. */
export function serviceEnvironment(services: readonly KubeObject[]): Record<string, string> {
  const result: Record<string, string> = {};
  for (const service of services as readonly ServiceObject[]) {
    const { clusterIP, ports = [] } = service.spec ?? {};
    const [first] = ports;
    if (!clusterIP || clusterIP === "None" || first === undefined) continue;
    const prefix = service.metadata.name.toUpperCase().replaceAll("-", "_");
    result[`${prefix}_SERVICE_HOST`] = clusterIP;
    result[`${prefix}_SERVICE_PORT`] = String(first.port);
    for (const port of ports) Object.assign(result, portVariables(prefix, clusterIP, port));
    result[`${prefix}_PORT`] = `tcp://${clusterIP}:${first.port}`;
  }
  return result;
}

interface ServicePort {
  readonly name?: string;
  readonly port: number;
}

interface ServiceObject extends KubeObject {
  readonly spec?: { readonly clusterIP?: string; readonly ports?: readonly ServicePort[] };
}

function portVariables(prefix: string, host: string, { name, port }: ServicePort): Record<string, string> {
  const key = `${prefix}_PORT_${port}_TCP`;
  return {
    ...(name ? { [`${prefix}_SERVICE_PORT_${name.toUpperCase().replaceAll("-", "_")}`]: String(port) } : {}),
    [key]: `tcp://${host}:${port}`,
    [`${key}_PROTO`]: "tcp",
    [`${key}_PORT`]: String(port),
    [`${key}_ADDR`]: host,
  };
}

type EnvFrom = NonNullable<Container["envFrom"]>[number];
type ValueFrom = NonNullable<NonNullable<Container["env"]>[number]["valueFrom"]>;

function readEnvFrom(api: ClusterApi, pod: Pod, source: EnvFrom): Record<string, string> {
  const reference = source.configMapRef ?? source.secretRef;
  const kind = source.configMapRef ? "configmap" : "secret";
  const data = readData(api, pod, kind, reference?.name ?? "", reference?.optional ?? false) ?? {};
  const prefix = source.prefix ?? "";
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [`${prefix}${key}`, value]));
}

function readValueFrom(
  api: ClusterApi,
  node: NodeFacts,
  pod: Pod,
  container: Container,
  from: ValueFrom,
): string | undefined {
  if (from.configMapKeyRef) return readKey(api, pod, "configmap", from.configMapKeyRef);
  if (from.secretKeyRef) return readKey(api, pod, "secret", from.secretKeyRef);
  if (from.fieldRef)
    return readField(pod, node, from.fieldRef) ?? fail(`unsupported fieldPath: ${from.fieldRef.fieldPath}`);
  if (from.resourceFieldRef) {
    const { resource, containerName, divisor } = from.resourceFieldRef;
    const selector = {
      resource,
      ...(containerName ? { containerName } : {}),
      ...(divisor ? { divisor } : {}),
    };
    return readResource(pod, node, container, selector) ?? fail(`unsupported resource: ${resource}`);
  }
  return fail("this kind of valueFrom is not supported by the local cluster");
}

interface KeySelector {
  readonly name?: string;
  readonly key: string;
  readonly optional?: boolean;
}

function readKey(
  api: ClusterApi,
  pod: Pod,
  kind: "configmap" | "secret",
  { name = "", key, optional = false }: KeySelector,
): string | undefined {
  const value = readData(api, pod, kind, name, optional)?.[key];
  if (value !== undefined || optional) return value;
  const spelled = kind === "configmap" ? "ConfigMap" : "Secret";
  return fail(`couldn't find key ${key} in ${spelled} ${namespaceOf(pod)}/${name}`);
}

function readData(
  api: ClusterApi,
  pod: Pod,
  kind: "configmap" | "secret",
  name: string,
  optional: boolean,
): Readonly<Record<string, string>> | undefined {
  const object = api.get<ConfigMap>(`${kind}s`, namespaceOf(pod), name);
  if (object === undefined) return optional ? undefined : fail(`${kind} "${name}" not found`);
  if (kind === "configmap") return object.data ?? {};
  const entries = Object.entries(object.data ?? {});
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}

function fail(message: string): never {
  throw new ConfigError(message);
}
