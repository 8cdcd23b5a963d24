import {
  annotations,
  CREATED_BY,
  DEFAULT_REVISION_HISTORY_LIMIT,
  labels,
  REVISION_KEYS,
} from "@kubeless/api-types";
import type { LiveChild, RenderedObject, Wire } from "@kubeless/controller-kit";
import type {
  V1Container,
  V1Deployment,
  V1PodSpec,
  V1PodTemplateSpec,
  V1Volume,
} from "@kubernetes/client-node";
import { byKey } from "./by-key.ts";
import { renderFunctionContainer, VOLUMES } from "./containers.ts";
import { renderInitContainers } from "./init-containers.ts";
import type { DeploymentOverrides, Plan } from "./plan.ts";
import { hashPlatform } from "./platform.ts";
import { type Replacement, SIDE_BY_SIDE_SECONDS } from "./replacement.ts";
import { toRevisionName } from "./revision.ts";
import { restrictPod } from "./security.ts";
import { toSelector } from "./service.ts";

type Container = Wire<V1Container>;
type PodSpec = Wire<V1PodSpec>;
type PodTemplate = Wire<V1PodTemplateSpec>;
type Volume = Wire<V1Volume>;

export interface DeploymentState {
  /** Absent when an autoscaler decides. */
  readonly replicas?: number | undefined;
  /** The one that exists: its selector cannot be changed and is kept, and the pods keep the labels that it selects. */
  readonly live?: LiveChild | undefined;
  readonly replacement?: Replacement | undefined;
}

/** The Deployment of a plan. */
export function renderDeployment(
  plan: Plan,
  { replicas, live, replacement }: DeploymentState,
): RenderedObject {
  const { replicas: _, selector: __, ...own } = plan.overrides.spec ?? {};
  const selector = (live as Partial<Wire<V1Deployment>> | undefined)?.spec?.selector ?? {
    matchLabels: toSelector(plan.name),
  };
  const deployment: Wire<V1Deployment> = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: plan.name,
      labels: { ...plan.overrides.metadata?.labels, ...plan.labels },
      annotations: {
        ...plan.overrides.metadata?.annotations,
        ...plan.annotations,
        [annotations.platform]: hashPlatform(plan),
      },
    },
    spec: {
      ...own,
      ...(replicas === undefined ? {} : { replicas }),
      selector,
      strategy: own.strategy ?? { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0 } },
      ...(replacement?.isUnderWay ? sideBySide(own) : {}),
      revisionHistoryLimit:
        plan.spec.revisionHistoryLimit ?? own.revisionHistoryLimit ?? DEFAULT_REVISION_HISTORY_LIMIT,
      template: renderTemplate(plan, selector.matchLabels ?? {}),
    },
  };
  return deployment as RenderedObject;
}

/** All new pods beside all old ones, for a while. */
function sideBySide({ minReadySeconds = 0, strategy }: DeploymentOverrides["spec"] & object) {
  return {
    minReadySeconds: Math.max(minReadySeconds, SIDE_BY_SIDE_SECONDS),
    strategy: strategy ?? { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: "100%" } },
  };
}

function renderTemplate(plan: Plan, selected: Record<string, string>): PodTemplate {
  const own = plan.overrides.spec?.template?.metadata;
  return {
    metadata: {
      labels: {
        ...plan.overrides.metadata?.labels,
        ...own?.labels,
        ...plan.labels,
        ...selected,
        [labels.createdBy]: CREATED_BY,
        [labels.function]: plan.name,
        [labels.revision]: plan.revision,
      },
      annotations: {
        [annotations.prometheusScrape]: "true",
        [annotations.prometheusPath]: "/metrics",
        [annotations.prometheusPort]: String(plan.port.number),
        ...plan.overrides.metadata?.annotations,
        ...plan.annotations,
        ...own?.annotations,
      },
    },
    spec: renderPod(plan),
  };
}

function renderPod(plan: Plan): PodSpec {
  const own = plan.podOverrides;
  const initContainers = renderInitContainers(plan);
  const pullSecrets = pullSecretsOf(plan).map((name) => ({ name }));
  const volumes = byKey([...codeVolumes(plan), ...(own.volumes ?? [])], ({ name }) => name);
  const needsToken = own.serviceAccountName !== undefined || own.serviceAccount !== undefined;
  const container = renderFunctionContainer(plan);
  return {
    ...(needsToken ? {} : { automountServiceAccountToken: false }),
    terminationGracePeriodSeconds: Math.ceil(plan.timeoutSeconds + drainSeconds(container)) + LATE_SECONDS,
    affinity: spreadOverNodes(plan.name),
    ...own,
    ...(initContainers.length > 0 ? { initContainers } : { initContainers: undefined }),
    containers: [container, ...(own.containers ?? []).slice(1)],
    securityContext: restrictPod(own.securityContext),
    ...(volumes.length > 0 ? { volumes } : {}),
    ...(pullSecrets.length > 0 ? { imagePullSecrets: pullSecrets } : {}),
  } as PodSpec;
}

/** What a pod needs beyond its drain and its longest call: for who is sent to it late, and to say goodbye. */
const LATE_SECONDS = 10;

/** As the runtime reads it; what it refuses, or what only the cluster knows, counts as nothing said. */
function drainSeconds({ env }: Pick<Container, "env">): number {
  const said = env?.find(({ name }) => name === "FUNC_DRAIN_SECONDS")?.value;
  const seconds = Number(said || DEFAULT_DRAIN_SECONDS);
  return seconds >= 0 && Number.isFinite(seconds) ? seconds : DEFAULT_DRAIN_SECONDS;
}

const DEFAULT_DRAIN_SECONDS = 5;

function pullSecretsOf(plan: Plan): string[] {
  const own = [...(plan.spec.imagePullSecrets ?? []), ...(plan.podOverrides.imagePullSecrets ?? [])];
  const platform = plan.source === undefined ? [] : plan.config.pullSecrets;
  const names = [...own.map(({ name }) => name ?? ""), ...(plan.runtime?.pullSecrets ?? []), ...platform];
  return [...new Set(names.filter((name) => name !== ""))];
}

function codeVolumes(plan: Plan): Volume[] {
  if (plan.source === undefined) return [];
  const { installImage, compileImage } = plan.runtime ?? {};
  const secrets = [...(installImage?.secrets ?? []), ...(compileImage?.secrets ?? [])].map(
    ({ name }) => name,
  );
  const npmrc = plan.spec.npmrcSecret;
  return [
    { name: VOLUMES.code, emptyDir: {} },
    { name: VOLUMES.temporary, emptyDir: {} },
    {
      name: VOLUMES.revision,
      configMap: { name: toRevisionName(plan.name, plan.revision), items: revisionItems(plan) },
    },
    ...secrets.map((secretName) => ({ name: `secret-${secretName}`, secret: { secretName } })),
    ...(npmrc ? [{ name: VOLUMES.npmrc, secret: { secretName: npmrc } }] : []),
  ];
}

function revisionItems(plan: Plan) {
  const keys = [REVISION_KEYS.source, ...(plan.spec.deps ? [REVISION_KEYS.dependencies] : [])];
  return keys.map((key) => ({ key, path: key }));
}

function spreadOverNodes(name: string): PodSpec["affinity"] {
  const podAffinityTerm = {
    topologyKey: "kubernetes.io/hostname",
    labelSelector: { matchLabels: toSelector(name) },
  };
  return {
    podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm }] },
  };
}
