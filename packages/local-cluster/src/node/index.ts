import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import type { ClusterApi, KubeObject, StoreEvent } from "../api/cluster-api.ts";
import { StatusError } from "../errors.ts";
import type { ContainerRunner } from "./container-runner.ts";
import { EventRecorder, timestamp } from "./events.ts";
import { attachTo, execIn, notRunning } from "./exec.ts";
import { readLog } from "./log-reader.ts";
import type { LogOptions, NodeAgent } from "./node-agent.ts";
import { startNodeLease } from "./node-lease.ts";
import { registerNode } from "./node-object.ts";
import { createNodeContext, type NodeOptions } from "./node-options.ts";
import { namespaceOf, type Pod } from "./pod.ts";
import type { NodeContext } from "./pod-context.ts";
import { PodRunner, type PodRunnerOptions } from "./pod-runner.ts";
import { PortPool } from "./ports.ts";
import { startScheduler } from "./scheduler.ts";
import { UsageSampler } from "./usage.ts";

export type { NodeOptions };

/**
 * Starts the node: first ends what a crashed run has left behind, then takes every pod that has no other node and runs it
 * as processes of this machine.
 */
export function startNode(api: ClusterApi, options: NodeOptions): NodeAgent {
  return new LocalNode(api, options);
}

class LocalNode implements NodeAgent {
  readonly #api: ClusterApi;
  readonly #options: NodeOptions;
  readonly #name: string;
  readonly #context: NodeContext;
  readonly #ports = new PortPool();
  readonly #recorder: EventRecorder;
  readonly #sampler: UsageSampler;
  readonly #pods = new Map<string, { runner: PodRunner; done: Promise<void> }>();
  readonly #watches: (() => void)[];
  /** Pods that were bound to this node before it started: those of an earlier run. */
  readonly #earlier: ReadonlySet<string>;
  #isStopping = false;

  constructor(api: ClusterApi, options: NodeOptions) {
    this.#api = api;
    this.#options = options;
    this.#name = options.nodeName ?? "local";
    this.#context = createNodeContext(api, options, this.#name);
    this.#recorder = new EventRecorder(api, options.clock, { component: "kubelet", host: this.#name });
    this.#sampler = new UsageSampler(options.clock, () => this.#containers());
    this.#context.processes.reap();
    const bound = api.list<Pod>("pods").filter(({ spec }) => spec.nodeName === this.#name);
    this.#earlier = new Set(bound.map(({ metadata }) => metadata.uid));
    this.#dropLeftovers();
    this.#register();
    this.#watches = [
      startNodeLease(api, {
        clock: options.clock,
        node: () => api.get("nodes", undefined, this.#name) ?? this.#register(),
        onFault: this.#context.onFault,
      }),
      startScheduler(api, options.clock, this.#name, this.#context.onFault),
      api.watch<Pod>("pods", (event) => this.#onPod(event)),
      api.watch("configmaps", (event) => this.#onSource("configmap", event)),
      api.watch("secrets", (event) => this.#onSource("secret", event)),
    ];
    this.#sampler.start();
  }

  logs(namespace: string, pod: string, options: LogOptions) {
    const runner = this.#container(namespace, pod, options.container, "logs");
    const log = runner.log(options.previous ?? false);
    if (log !== undefined) return readLog(log, options, this.#options.clock.now());
    if (options.previous) {
      throw new StatusError(
        "BadRequest",
        `previous terminated container "${runner.name}" in pod "${pod}" not found`,
      );
    }
    throw new StatusError("BadRequest", waitingMessage(runner, pod));
  }

  exec(namespace: string, pod: string, options: Parameters<NodeAgent["exec"]>[2]) {
    const runner = this.#container(namespace, pod, options.container, "exec");
    if (runner.launch === undefined) throw notRunning(runner);
    return execIn(this.#context.processes, runner, options);
  }

  attach(namespace: string, pod: string, options: Parameters<NodeAgent["attach"]>[2]) {
    const runner = this.#container(namespace, pod, options.container, "attach");
    if (runner.process === undefined) throw notRunning(runner);
    return attachTo(runner, options);
  }

  dial(namespace: string, pod: string, port: number): Promise<Duplex> {
    const runner = this.#pod(namespace, pod);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port: runner.realPort(port), noDelay: true });
      socket.once("connect", () => resolve(socket));
      socket.once("error", ({ message }) => {
        reject(
          new StatusError(
            "ServiceUnavailable",
            `nothing answers on port ${port} of pod ${namespace}/${pod}: ${message}`,
          ),
        );
      });
    });
  }

  usage() {
    return this.#sampler.usage();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const end of this.#watches) end();
    this.#sampler.stop();
    for (const { runner } of this.#pods.values()) {
      runner.silence();
      runner.terminate(graceMs(runner.pod));
    }
    const { clock, stopGraceMs = 10_000 } = this.#options;
    const limit = clock.setTimeout(() => {
      for (const { runner } of this.#pods.values()) runner.terminate(0);
    }, stopGraceMs);
    await Promise.all([...this.#pods.values()].map(({ done }) => done));
    limit.clear();
  }

  #register(): KubeObject {
    const { clock, version = "v1.34.0+local" } = this.#options;
    return registerNode(this.#api, this.#context.node, version, timestamp(clock));
  }

  #onPod({ type, object }: StoreEvent<Pod>): void {
    if (object.spec.nodeName !== this.#name) return;
    const { uid } = object.metadata;
    const known = this.#pods.get(uid);
    if (type === "DELETED") this.#forget(object);
    else if (known === undefined) this.#adopt(object);
    else {
      known.runner.update(object);
      if (object.metadata.deletionTimestamp === undefined) return;
      known.runner.terminate(graceMs(object));
      void known.done.then(() => this.#finish(known.runner));
    }
  }

  #adopt(pod: Pod): void {
    const isLost = this.#earlier.has(pod.metadata.uid) && pod.spec.restartPolicy !== "Always";
    if (pod.metadata.deletionTimestamp !== undefined) this.#deletePod(pod);
    else if (isOver(pod)) return;
    else if (isLost) this.#markLost(pod);
    else this.#start(pod);
  }

  #start(pod: Pod): void {
    const runner = new PodRunner(pod, this.#runnerOptions(pod));
    const done = runner.run().catch((error) => this.#context.onFault(error));
    this.#pods.set(pod.metadata.uid, { runner, done });
  }

  /** What runs once cannot be begun again without being asked; what runs always is, as after a machine's restart. */
  #markLost(pod: Pod): void {
    const message = "The local cluster ended while this pod ran.";
    this.#api.updateStatus("pods", {
      ...pod,
      status: { ...pod.status, phase: "Failed", reason: "NodeLost", message },
    });
  }

  /** A deleted pod leaves the store when its last process has ended. */
  #finish(runner: PodRunner): void {
    if (this.#isStopping) return;
    const pod = this.#api.get<Pod>("pods", runner.pod.metadata.namespace, runner.pod.metadata.name);
    const isDeleted =
      pod?.metadata.uid === runner.pod.metadata.uid && pod.metadata.deletionTimestamp !== undefined;
    if (isDeleted) this.#deletePod(pod);
  }

  #deletePod({ metadata }: Pod): void {
    const options = { gracePeriodSeconds: 0, preconditions: { uid: metadata.uid } };
    try {
      this.#api.delete("pods", metadata.namespace, metadata.name, options);
    } catch (error) {
      this.#context.onFault(error);
    }
  }

  /** The pod is gone from the store: nothing of it may stay. */
  #forget(pod: Pod): void {
    const known = this.#pods.get(pod.metadata.uid);
    if (known === undefined) return;
    known.runner.terminate(0);
    void known.done.then(() => {
      this.#pods.delete(pod.metadata.uid);
      known.runner.removeFolder();
    });
  }

  #onSource(kind: "configmap" | "secret", { object }: StoreEvent): void {
    const { namespace, name } = object.metadata;
    for (const { runner } of this.#pods.values()) {
      if (runner.pod.metadata.namespace === namespace) runner.sourceChanged(kind, name);
    }
  }

  #runnerOptions(pod: Pod): PodRunnerOptions {
    const { node } = this.#context;
    return {
      context: this.#context,
      sources: { api: this.#api, node, issueToken: (request) => this.#options.issueToken(request) },
      recorder: this.#recorder,
      ports: this.#ports,
      folder: join(this.#podsFolder(), pod.metadata.uid),
    };
  }

  #podsFolder(): string {
    return join(this.#options.dataDir, "pods");
  }

  /** Folders of pods that no longer are. */
  #dropLeftovers(): void {
    mkdirSync(this.#podsFolder(), { recursive: true, mode: 0o700 });
    for (const name of readdirSync(this.#podsFolder())) {
      rmSync(join(this.#podsFolder(), name), { recursive: true, force: true });
    }
  }

  *#containers() {
    for (const { runner } of this.#pods.values()) {
      for (const container of runner.containers.values()) yield { pod: runner.pod, runner: container };
    }
  }

  #pod(namespace: string, name: string): PodRunner {
    for (const { runner } of this.#pods.values()) {
      if (runner.pod.metadata.name === name && namespaceOf(runner.pod) === namespace) return runner;
    }
    throw new StatusError("NotFound", `pods "${name}" not found`, { name, kind: "pods" });
  }

  #container(namespace: string, pod: string, container: string | undefined, verb: string): ContainerRunner {
    const runner = this.#pod(namespace, pod);
    const { initContainers = [], containers } = runner.pod.spec;
    const name = container ?? (containers.length === 1 ? containers[0]?.name : undefined);
    const found = runner.containers.get(name ?? "");
    if (found !== undefined) return found;
    if (name !== undefined) {
      throw new StatusError("BadRequest", `container ${name} is not valid for pod ${pod}`);
    }
    const names = `[${containers.map((it) => it.name).join(" ")}]`;
    const init =
      initContainers.length === 0
        ? ""
        : ` or one of the init containers: [${initContainers.map((it) => it.name).join(" ")}]`;
    const purpose = verb === "logs" ? "" : ` to ${verb} in`;
    throw new StatusError(
      "BadRequest",
      `a container name must be specified${purpose} for pod ${pod}, choose one of: ${names}${init}`,
    );
  }
}

function isOver({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

function graceMs({ metadata, spec }: Pod): number {
  return (metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30) * 1000;
}

function waitingMessage(runner: ContainerRunner, pod: string): string {
  const { waiting } = runner.state.state;
  const isPull = waiting?.reason === "ErrImagePull" || waiting?.reason === "ImagePullBackOff";
  const why = isPull ? `trying and failing to pull image` : (waiting?.reason ?? "ContainerCreating");
  return `container "${runner.name}" in pod "${pod}" is waiting to start: ${why}`;
}
