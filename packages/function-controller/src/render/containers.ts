import type { Wire } from "@kubeless/controller-kit";
import type { V1Container, V1EnvVar, V1Probe, V1VolumeMount } from "@kubernetes/client-node";
import { byKey } from "./by-key.ts";
import type { Plan } from "./plan.ts";
import { restrictContainer } from "./security.ts";

type Container = Wire<V1Container>;
type EnvVar = Wire<V1EnvVar>;
type VolumeMount = Wire<V1VolumeMount>;
type Probe = Wire<V1Probe>;

/** Where a function's code lies in its pod, and where the pod finds the revision it comes from. */
export const PATHS = {
  code: "/kubeless",
  revision: "/src",
  temporary: "/tmp",
  npmrc: "/var/run/secrets/kubeless.io/npmrc",
} as const;

/** The volumes of those paths: names of their own, so that a function's name may be as long as a Service's. */
export const VOLUMES = {
  code: "kubeless-code",
  revision: "kubeless-revision",
  temporary: "kubeless-tmp",
  npmrc: "kubeless-npmrc",
} as const;

/** The container that serves the function: what the user wrote, and what the runtime needs to know on top. */
export function renderFunctionContainer(plan: Plan): Container {
  const { container, port, runtime } = plan;
  const own = container.ports ?? [];
  const functionPort = {
    containerPort: port.number,
    protocol: "TCP",
    ...(port.name ? { name: port.name } : {}),
  };
  return {
    ...container,
    name: plan.name,
    image: container.image ?? runtime?.runtimeImage.image ?? "",
    ports: own.some(({ containerPort }) => containerPort === port.number) ? own : [functionPort, ...own],
    env: byKey(
      [...(container.env ?? []), ...contractEnv(plan), ...mapEnv(runtime?.runtimeImage.env)],
      ({ name }) => name,
    ),
    volumeMounts: byKey(
      [...codeMounts(plan), ...(container.volumeMounts ?? [])],
      ({ mountPath }) => mountPath,
    ),
    livenessProbe: container.livenessProbe ?? livenessProbe(plan),
    readinessProbe: container.readinessProbe ?? readinessProbe(plan),
    terminationMessagePolicy: container.terminationMessagePolicy ?? "FallbackToLogsOnError",
    securityContext: restrictContainer(container.securityContext, {
      readOnlyRoot: plan.source !== undefined,
    }),
  };
}

/** Variables of a catalogue image, in an order that does not depend on how the catalogue was written. */
export function mapEnv(env: Readonly<Record<string, string>> | undefined): EnvVar[] {
  return Object.entries(env ?? {})
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What every runtime image may rely on; of a custom image without code only the port is its business. */
function contractEnv(plan: Plan): EnvVar[] {
  const port = { name: "FUNC_PORT", value: String(plan.port.number) };
  const volume = { name: "KUBELESS_INSTALL_VOLUME", value: PATHS.code };
  if (plan.handler === undefined || !plan.spec.function)
    return plan.source === undefined ? [port] : [port, volume];
  return [
    { name: "FUNC_HANDLER", value: plan.handler.functionName },
    { name: "MOD_NAME", value: plan.handler.module },
    { name: "FUNC_TIMEOUT", value: String(plan.timeoutSeconds) },
    { name: "FUNC_RUNTIME", value: plan.spec.runtime ?? "" },
    { name: "FUNC_MEMORY_LIMIT", value: String(plan.container.resources?.limits?.memory ?? "0") },
    port,
    volume,
  ];
}

function codeMounts(plan: Plan): VolumeMount[] {
  if (plan.source === undefined) return [];
  return [
    { name: VOLUMES.code, mountPath: PATHS.code, readOnly: true },
    { name: VOLUMES.temporary, mountPath: PATHS.temporary },
  ];
}

/**
 * Ready within a second of being able to serve, and still ready while one call keeps the function busy for a while:
 * a pod that is taken out for ten seconds of work would leave its callers with nobody to call.
 */
function readinessProbe({ port }: Plan): Probe {
  return { httpGet: healthCheck(port.number), periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 10 };
}

const LIVENESS_PERIOD_SECONDS = 30;

/** A call may keep a single-threaded function busy up to its timeout: only after that it counts as dead. */
function livenessProbe({ runtime, port, timeoutSeconds }: Plan): Probe {
  if (runtime?.livenessProbe !== undefined) return runtime.livenessProbe;
  return {
    httpGet: healthCheck(port.number),
    initialDelaySeconds: 3,
    periodSeconds: LIVENESS_PERIOD_SECONDS,
    timeoutSeconds: 5,
    failureThreshold: Math.ceil(timeoutSeconds / LIVENESS_PERIOD_SECONDS) + 2,
  };
}

function healthCheck(port: number) {
  return { path: "/healthz", port, scheme: "HTTP" };
}
