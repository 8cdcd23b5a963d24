import { CREATED_BY, FUNCTION_PORT_NAME, labels } from "@kubeless/api-types";
import type { RenderedObject, Wire } from "@kubeless/controller-kit";
import type { V1ContainerPort, V1ServicePort, V1ServiceSpec } from "@kubernetes/client-node";
import type { Plan } from "./plan.ts";
import type { Replacement } from "./replacement.ts";

/** Where the function listens inside its pod. */
export interface FunctionPort {
  readonly number: number;
  /** Set when the Service points at the port by name. */
  readonly name?: string | undefined;
}

export type ServiceOverrides = Partial<Wire<V1ServiceSpec>>;

export interface ServicePlan {
  readonly spec: ServiceOverrides;
  readonly functionPort: FunctionPort;
}

const DEFAULT_PORT = 8080;

/**
 * `spec.service` when it names a port, else one port 8080. The selector of a Service that the CLI wrote is replaced by
 * one that a change of labels cannot break.
 */
export function planService(
  name: string,
  own: ServiceOverrides,
  containerPorts: readonly Partial<Wire<V1ContainerPort>>[],
): ServicePlan {
  const ports = own.ports ?? [];
  const [first] = ports;
  if (first === undefined) {
    const port = { name: FUNCTION_PORT_NAME, port: DEFAULT_PORT, targetPort: DEFAULT_PORT, protocol: "TCP" };
    return { spec: { ports: [port], selector: toSelector(name) }, functionPort: { number: DEFAULT_PORT } };
  }
  const spec = {
    ...own,
    ports: ports.map((port) => ({ protocol: "TCP", targetPort: port.port, ...port })),
    selector:
      own.selector === undefined || labels.createdBy in own.selector ? toSelector(name) : own.selector,
  };
  return { spec, functionPort: toFunctionPort(first, containerPorts) };
}

/** Leads to all pods of the function, but past those of Kubeless 1.0.x once their replacement is ready. */
export function renderService(
  { name, service, labels: own, revision }: Plan,
  replacement: Replacement,
): RenderedObject {
  const { selector = {} } = service.spec;
  const isPast = replacement.isReady && labels.createdBy in selector;
  const spec = isPast
    ? { ...service.spec, selector: { ...selector, [labels.revision]: revision } }
    : service.spec;
  return { apiVersion: "v1", kind: "Service", metadata: { name, labels: own }, spec } as RenderedObject;
}

/** The labels that a function's pods are found by, whatever other labels come and go. */
export function toSelector(name: string): Record<string, string> {
  return { [labels.createdBy]: CREATED_BY, [labels.function]: name };
}

function toFunctionPort(
  { port, targetPort = port }: Wire<V1ServicePort>,
  containerPorts: readonly Partial<Wire<V1ContainerPort>>[],
): FunctionPort {
  const target = targetPort as number | string;
  if (Number(target) > 0) return { number: Number(target) };
  const named = containerPorts.find(({ name }) => name === target);
  return { number: named?.containerPort ?? DEFAULT_PORT, name: String(target) };
}
