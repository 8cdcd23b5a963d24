import {
  CREATED_BY,
  type FunctionObject,
  functionResource,
  labels,
  timeoutSeconds,
} from "@kubeless/api-types";
import {
  type ClusterClient,
  type Component,
  type Controller,
  createController,
  done,
  fromKey,
  type InformerCache,
  type LeaderElection,
  type Live,
  type Logger,
  type Result,
  resources,
  toKey,
} from "@kubeless/controller-kit";
import type { Registry } from "prom-client";
import { type RunningBinding, runBinding } from "../binding/run-binding.ts";
import { systemClock } from "../delivery/clock.ts";
import { toSettings } from "../delivery/to-settings.ts";
import { openParts } from "../parts/open-parts.ts";
import type { Replicas } from "../parts/replicas.ts";
import { writeIntervalMs } from "../parts/timing.ts";
import type { EventSource } from "../source.ts";
import { type BindingState, observeBinding } from "./binding-state.ts";
import { isTriggerFault, planTrigger, type TriggerFault, type TriggerPlan } from "./plan-trigger.ts";
import { readyEndpoints } from "./ready-endpoints.ts";
import type { ReplicaPods } from "./replica-pods.ts";
import { createSecretReader } from "./secret-reader.ts";
import { selects } from "./select-functions.ts";
import { createStatusWriter } from "./status-writer.ts";
import type { LiveTrigger, TriggerKind, TriggerSpec } from "./trigger-kind.ts";
import { createTriggerMetrics } from "./trigger-metrics.ts";

export interface TriggerControllerOptions<Spec extends TriggerSpec, Config> {
  readonly kind: TriggerKind<Spec>;
  readonly source: EventSource<Spec, Config>;
  /** The controller's configuration, as `source.config` parsed it. */
  readonly config: Config;
  readonly client: ClusterClient;
  /** Whose informers are used; it also says which namespaces. Started and stopped by whoever made it. */
  readonly cache: InformerCache;
  /** This replica: its pod's name. */
  readonly identity: string;
  /** See `TriggerManagerOptions.process`. */
  readonly process?: string | undefined;
  /** Who writes conditions and bindings of a status. Absent: this is the only replica there is. */
  readonly election?: LeaderElection | undefined;
  /** Those of this controller's replicas. Absent: this is the only one. */
  readonly pods?: ReplicaPods | undefined;
  /** With whom this replica shares work that is one replica's at a time. */
  readonly replicas: Replicas;
  readonly registry: Registry;
  readonly logger: Logger;
}

/** Keeps a binding open for every trigger of a kind and every function that it matches. */
export interface TriggerController extends Component {
  /** Resolves when nothing is queued or worked on. */
  idle(): Promise<void>;
}

interface Kept {
  readonly function: string;
  /** What the binding was opened with: when that changes it is closed and opened anew. */
  readonly fingerprint: string;
  /** The Secrets that it read, as they were; the same goes for them. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly running: RunningBinding;
  readonly state: BindingState;
  readonly group: string | undefined;
  readonly forget: () => void;
}

type Planned<Spec> = TriggerPlan<Spec> | TriggerFault;

const functions = { ...functionResource, namespaced: true };

export function createTriggerController<Spec extends TriggerSpec, Config>(
  options: TriggerControllerOptions<Spec, Config>,
): TriggerController {
  const { kind, source, client, cache, logger } = options;
  const triggers = cache.informer({ resource: kind.resource });
  const functionInformer = cache.informer<FunctionObject>({ resource: functions });
  const slices = cache.informer({
    resource: resources.endpointSlices,
    labelSelector: `${labels.createdBy}=${CREATED_BY}`,
  });
  const secrets = createSecretReader(cache, (namespace) => enqueueNamespace(namespace));
  const metricsOf = createTriggerMetrics(options.registry);
  const kept = new Map<string, Map<string, Kept>>();
  const closing = new Map<string, Promise<void>>();
  const plans = new Map<string, { readonly of: string; readonly planned: Planned<Spec> }>();
  const status = createStatusWriter({
    ...options,
    resource: kind.resource,
    read: (key) => {
      const object = triggers.get(fromKey(key));
      return object === undefined
        ? undefined
        : { object, planned: planOf(key, object), bindings: reportsOf(key) };
    },
  });
  const controller: Controller = createController({ name: kind.resource.kind, reconcile, logger });
  let unwatch: (() => void)[] = [];

  /** A spec is understood once, its filter compiled with it: status is written more often. */
  function planOf(key: string, object: LiveTrigger<Spec>): Planned<Spec> {
    const of = `${object.metadata.uid}/${object.metadata.generation}`;
    const known = plans.get(key);
    if (known?.of === of) return known.planned;
    const planned = planTrigger(kind, source, object);
    plans.set(key, { of, planned });
    return planned;
  }

  function reportsOf(key: string) {
    return [...(kept.get(key)?.values() ?? [])].map(({ function: name, state, group }) => ({
      function: name,
      group,
      isReady: endpointsOf(fromKey(key).namespace, name).length > 0,
      state,
    }));
  }

  function endpointsOf(namespace: string | undefined, name: string) {
    return readyEndpoints(slices.select({ namespace, labels: { "kubernetes.io/service-name": name } }));
  }

  function enqueueNamespace(namespace: string | undefined): void {
    for (const trigger of triggers.select({ namespace })) controller.enqueue(toKey(trigger.metadata));
  }

  async function reconcile(key: string): Promise<Result> {
    const object = triggers.get(fromKey(key));
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) {
      for (const name of kept.get(key)?.keys() ?? []) close(key, name);
      if (object !== undefined) await dropFinalizer(object);
      plans.delete(key);
      return done;
    }
    await dropFinalizer(object);
    const planned = planOf(key, object);
    const wanted = isTriggerFault(planned) || planned.spec.suspend ? [] : matching(object, planned.spec);
    const fingerprints = new Map(
      wanted.map((target) => [target.metadata.name, fingerprintOf(object, target)]),
    );
    for (const [name, binding] of kept.get(key) ?? [])
      if (fingerprints.get(name) !== binding.fingerprint || isOutdated(object, binding)) close(key, name);
    if (!isTriggerFault(planned))
      for (const target of wanted)
        open(key, object, target, planned, fingerprints.get(target.metadata.name) ?? "");
    status.changed(key);
    return done;
  }

  function matching({ metadata }: LiveTrigger<Spec>, spec: Spec): Live<FunctionObject>[] {
    return functionInformer
      .select({ namespace: metadata.namespace })
      .filter((target) => selects(spec, target));
  }

  function fingerprintOf({ spec }: LiveTrigger<Spec>, target: Live<FunctionObject>): string {
    return JSON.stringify([spec, timeoutSeconds(target.spec)]);
  }

  function isOutdated({ metadata: { namespace = "" } }: LiveTrigger<Spec>, { secrets: read }: Kept): boolean {
    return [...read].some(([name, version]) => secrets.version(namespace, name) !== version);
  }

  /** Reads a Secret, and writes down in `read` how it was. */
  function readSecret(namespace: string, name: string, read: Map<string, string>) {
    return secrets.read(namespace, name).finally(() => read.set(name, secrets.version(namespace, name)));
  }

  function open(
    key: string,
    object: LiveTrigger<Spec>,
    target: Live<FunctionObject>,
    plan: TriggerPlan<Spec>,
    fingerprint: string,
  ): void {
    const name = target.metadata.name;
    const bindings = kept.get(key) ?? new Map<string, Kept>();
    kept.set(key, bindings);
    if (bindings.has(name) || closing.has(`${key}/${name}`)) return;
    const { namespace = "", name: trigger } = object.metadata;
    const settings = toSettings(plan.spec.delivery, timeoutSeconds(target.spec));
    const metrics = metricsOf({ namespace, trigger, function: name });
    const log = logger.child({ namespace, trigger, function: name });
    const { state, observer } = observeBinding({
      metrics,
      log,
      changed: () => status.changed(key),
      now: () => new Date(),
    });
    const { guarantee, ordering, maxInFlight } = settings.delivery;
    const binding = { namespace, trigger, function: name, spec: plan.spec, guarantee, ordering, maxInFlight };
    const read = new Map<string, string>();
    const running = runBinding<Spec, Config>({
      source,
      capabilities: plan.capabilities,
      binding,
      origin: { namespace, trigger, plural: kind.resource.plural, source: kind.source },
      settings,
      filter: plan.filter,
      services: { config: options.config, log, secret: (secret) => readSecret(namespace, secret, read) },
      openParts: () =>
        openParts({
          client,
          namespace,
          trigger,
          plural: kind.resource.plural,
          replicas: options.replicas,
          identity: options.identity,
          process: options.process,
          writeIntervalMs: writeIntervalMs[guarantee],
          logger: log,
        }),
      observer,
      clock: systemClock,
      random: Math.random,
    });
    running.setEndpoints(endpointsOf(namespace, name));
    metrics.countInFlight(() => running.counts().inFlight);
    bindings.set(name, {
      function: name,
      fingerprint,
      secrets: read,
      running,
      state,
      group: source.group?.(binding),
      forget: metrics.forget,
    });
    log.info({ guarantee, ordering }, "Binding opened");
  }

  /** In the background: a broker or a function that does not answer holds up nothing else. Opened anew only after. */
  function close(key: string, name: string): void {
    const binding = kept.get(key)?.get(name);
    if (binding === undefined) return;
    kept.get(key)?.delete(name);
    binding.forget();
    const id = `${key}/${name}`;
    const closed = binding.running.close().finally(() => {
      closing.delete(id);
      controller.enqueue(key);
    });
    closing.set(id, closed);
  }

  async function dropFinalizer({ metadata }: LiveTrigger<Spec>): Promise<void> {
    const { finalizers = [], resourceVersion } = metadata;
    const left = finalizers.filter((finalizer) => finalizer !== kind.formerFinalizer);
    if (left.length < finalizers.length)
      await client.patch(kind.resource, metadata, { metadata: { finalizers: left, resourceVersion } });
  }

  function watch(): (() => void)[] {
    return [
      triggers.onChange(({ object }) => controller.enqueue(toKey(object.metadata))),
      functionInformer.onChange(({ object }) => enqueueNamespace(object.metadata.namespace)),
      slices.onChange(({ object: { metadata } }) => {
        const name = metadata.labels?.["kubernetes.io/service-name"];
        for (const [key, bindings] of kept) {
          const binding = name === undefined ? undefined : bindings.get(name);
          if (binding === undefined || fromKey(key).namespace !== metadata.namespace) continue;
          binding.running.setEndpoints(endpointsOf(metadata.namespace, binding.function));
          status.changed(key);
        }
      }),
    ];
  }

  return {
    name: kind.resource.kind,
    async start() {
      await cache.synced();
      unwatch = watch();
      status.start();
      controller.start();
    },
    async stop() {
      for (const end of unwatch) end();
      await controller.stop();
      for (const [key, bindings] of kept) for (const name of [...bindings.keys()]) close(key, name);
      await Promise.all(closing.values());
      await status.stop();
    },
    stuck: controller.stuck,
    idle: controller.idle,
  };
}
