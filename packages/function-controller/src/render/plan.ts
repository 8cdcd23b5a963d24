import {
  CREATED_BY,
  type FunctionObject,
  type FunctionSpec,
  formatFaults,
  functionResource,
  labels,
  timeoutSeconds,
} from "@kubeless/api-types";
import type { Live, Wire } from "@kubeless/controller-kit";
import type { V1Container, V1Deployment, V1PodSpec } from "@kubernetes/client-node";
import type { FunctionConfig } from "../config/function-config.ts";
import { type Fault, fault, isFault } from "./fault.ts";
import { mergeDeployment } from "./merge-deployment.ts";
import { hashRevision } from "./revision.ts";
import { planRuntime, type Runtime } from "./runtime.ts";
import { type FunctionPort, planService, type ServiceOverrides, type ServicePlan } from "./service.ts";
import { type Handler, parseChecksum, parseContentType, parseHandler, type SourceKind } from "./source.ts";
import { withoutJunk } from "./without-junk.ts";

/** The overrides of `spec.deployment`, the administrator's filled in: whatever a Deployment may hold, or less. */
export interface DeploymentOverrides {
  readonly metadata?: {
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly spec?: Partial<Omit<Wire<V1Deployment>["spec"] & object, "template">> & {
    readonly template?: {
      readonly metadata?: {
        readonly labels?: Record<string, string>;
        readonly annotations?: Record<string, string>;
      };
      readonly spec?: Partial<Wire<V1PodSpec>>;
    };
  };
}

/** The code a function brings, for pods that put it in place themselves. */
export interface SourcePlan extends SourceKind {
  readonly handler: Handler;
  readonly checksum: string | undefined;
  readonly contentType: string;
  readonly hasDependencies: boolean;
}

/** Everything that a Function and the configuration decide, understood and checked once. */
export interface Plan {
  readonly name: string;
  readonly namespace: string;
  readonly spec: FunctionSpec;
  /** What every child is labelled with. */
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly revision: string;
  readonly timeoutSeconds: number;
  readonly handler: Handler | undefined;
  readonly runtime: Runtime | undefined;
  /** Absent for an image that brings its own code. */
  readonly source: SourcePlan | undefined;
  readonly port: FunctionPort;
  readonly service: ServicePlan;
  readonly overrides: DeploymentOverrides;
  readonly podOverrides: Partial<Wire<V1PodSpec>>;
  readonly container: Partial<Wire<V1Container>>;
  readonly config: FunctionConfig;
}

/** Understands a Function; a Fault says what its owner has to change. */
export function planFunction(object: Live<FunctionObject>, config: FunctionConfig): Plan | Fault {
  const parsed = functionResource.parse(object);
  if (!parsed.ok) return fault("InvalidSpec", formatFaults(parsed.faults).replaceAll("\n", "; "));
  const { spec } = parsed.value;
  const overrides = mergeDeployment(
    withoutJunk(spec.deployment ?? {}) as Record<string, unknown>,
    withoutJunk(config.deployment),
  ) as DeploymentOverrides;
  const podOverrides = overrides.spec?.template?.spec ?? {};
  const container: Partial<Wire<V1Container>> = podOverrides.containers?.[0] ?? {};
  const code = planCode(spec, container.image !== undefined, config);
  if (isFault(code)) return code;
  const name = object.metadata.name;
  const service = planService(name, withoutJunk(spec.service) as ServiceOverrides, container.ports ?? []);
  return {
    name,
    namespace: object.metadata.namespace ?? "",
    spec,
    labels: { ...object.metadata.labels, [labels.createdBy]: CREATED_BY, [labels.function]: name },
    annotations: inheritAnnotations(object.metadata.annotations ?? {}),
    revision: hashRevision(spec),
    timeoutSeconds: timeoutSeconds(spec),
    ...code,
    port: service.functionPort,
    service,
    overrides,
    podOverrides,
    container,
    config,
  };
}

type Code = Pick<Plan, "handler" | "runtime" | "source">;

function planCode(spec: FunctionSpec, hasImage: boolean, config: FunctionConfig): Code | Fault {
  const handler = spec.handler ? parseHandler(spec.handler) : undefined;
  if (isFault(handler)) return handler;
  const runtime = spec.runtime ? planRuntime(spec.runtime, config) : undefined;
  if (hasImage) return { handler, runtime: isFault(runtime) ? undefined : runtime, source: undefined };
  if (isFault(runtime)) return runtime;
  const source = handler === undefined ? undefined : planSource(spec, handler);
  if (isFault(source)) return source;
  if (runtime === undefined) {
    return fault(
      "InvalidSpec",
      "neither spec.runtime nor an image in spec.deployment is given; name a runtime.",
    );
  }
  if (handler === undefined) {
    return fault(
      "InvalidSpec",
      "spec.handler is missing; give <module>.<function>, for example hello.handler.",
    );
  }
  if (source === undefined || !spec.function) {
    return fault("InvalidSpec", "spec.function is empty; give the code, its base64, or a URL.");
  }
  return { handler, runtime, source };
}

function planSource(spec: FunctionSpec, handler: Handler): SourcePlan | Fault {
  const contentType = spec["function-content-type"] ?? "";
  const kind = parseContentType(contentType);
  if (isFault(kind)) return kind;
  const checksum = parseChecksum(spec.checksum ?? "");
  if (isFault(checksum)) return checksum;
  const hasDependencies = kind.hasBundledDependencies || Boolean(spec.deps);
  return { ...kind, handler, checksum, contentType, hasDependencies };
}

/** Annotations of tools about the Function itself say nothing about its children. */
function inheritAnnotations(annotations: Readonly<Record<string, string>>): Record<string, string> {
  const isToolsOwn = (key: string) =>
    /^(kubectl\.kubernetes\.io|kubeless\.io|meta\.helm\.sh|argocd\.argoproj\.io)\//.test(key);
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !isToolsOwn(key)));
}
