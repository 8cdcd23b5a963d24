import { mkdirSync, rmSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { ContainerRunner } from "./container-runner.ts";
import { type EventRecorder, type EventType, timestamp } from "./events.ts";
import { allContainers, type Container, isInit, isSidecar, type Pod } from "./pod.ts";
import type { NodeContext, PodContext } from "./pod-context.ts";
import { PodPorts } from "./pod-ports.ts";
import { renderPodStatus } from "./pod-status.ts";
import { PodVolumes, VolumeError } from "./pod-volumes.ts";
import { type PortPool, portsAnnotation } from "./ports.ts";
import { referencedObjects, type VolumeSources } from "./volume-files.ts";
import { wait } from "./wait.ts";

export interface PodRunnerOptions {
  readonly context: NodeContext;
  readonly sources: VolumeSources;
  readonly recorder: EventRecorder;
  readonly ports: PortPool;
  readonly folder: string;
}

interface Verdict {
  readonly reason: string;
  readonly message: string;
}

/** Runs one pod from its first status to its last: volumes, init containers in order, sidecars, containers, the end. */
export class PodRunner {
  readonly containers = new Map<string, ContainerRunner>();
  readonly #options: PodRunnerOptions;
  readonly #context: PodContext;
  readonly #ports: PodPorts;
  readonly #stop = new AbortController();
  readonly #startTime: string;
  readonly #waiting = new Set<() => void>();
  readonly #runs = new Map<string, Promise<boolean>>();
  #pod: Pod;
  #isPrepared = false;
  #isFinished = false;
  #isSilent = false;
  #graceMs: number | undefined;
  #verdict: Verdict | undefined;

  constructor(pod: Pod, options: PodRunnerOptions) {
    this.#pod = pod;
    this.#options = options;
    this.#ports = new PodPorts(options.folder, options.ports);
    this.#startTime = timestamp(options.context.clock);
    this.#context = this.#createContext();
    for (const { name } of allContainers(pod.spec))
      this.containers.set(name, new ContainerRunner(this.#context, name));
  }

  get pod(): Pod {
    return this.#pod;
  }

  realPort(port: number): number {
    return this.#ports.realPort(port);
  }

  /** Resolves when every process is gone, the last status is written and, if asked for, the pod is deleted. */
  async run(): Promise<void> {
    this.#publish();
    const deadline = this.#watchDeadline();
    try {
      await this.#prepare();
      const initialized = await this.#runInit();
      if (initialized) await this.#runMain();
    } catch (error) {
      this.#fail("InternalError", (error as Error).message);
    }
    await this.#endAll();
    deadline?.clear();
    this.#ports.close();
    this.#isFinished = true;
    this.#publish();
  }

  /** The pod as it is in the store now. */
  update(pod: Pod): void {
    const before = this.#pod;
    this.#pod = pod;
    if (this.#isPrepared) this.#writeVolumes();
    for (const container of allContainers(pod.spec)) {
      const old = allContainers(before.spec).find(({ name }) => name === container.name);
      if (old !== undefined && old.image !== container.image) this.containers.get(container.name)?.restart();
    }
    if (!isDeepStrictEqual(before.spec, pod.spec)) this.#wake();
  }

  /** A ConfigMap or Secret of the pod's namespace has changed. */
  sourceChanged(kind: "configmap" | "secret", name: string): void {
    if (this.#isPrepared && referencedObjects(this.#pod, kind).has(name)) this.#writeVolumes();
    this.#wake();
  }

  /** Ends the pod; `verdict` makes it Failed. A second call may shorten the grace period. */
  terminate(graceMs: number, verdict?: Verdict): void {
    this.#verdict ??= verdict;
    this.#graceMs = Math.min(graceMs, this.#graceMs ?? graceMs);
    this.#stop.abort();
    this.#wake();
    if (graceMs === 0) for (const runner of this.containers.values()) runner.terminate(0);
  }

  /** From now on the pod's status stays as it is: the whole cluster is ending. */
  silence(): void {
    this.#isSilent = true;
  }

  /** Forgets the pod's files. */
  removeFolder(): void {
    rmSync(this.#options.folder, { recursive: true, force: true });
  }

  async #prepare(): Promise<void> {
    const { folder } = this.#options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await this.#ports.open(this.#pod, () => this.#annotatePorts());
    this.#annotatePorts();
    while (!this.#stop.signal.aborted && !this.#writeVolumes()) await this.#changed(this.#stop.signal);
    this.#isPrepared = !this.#stop.signal.aborted;
    if (this.#isPrepared) void this.#renewTokens();
    this.#publish();
  }

  #writeVolumes(): boolean {
    try {
      this.#context.volumes.write(this.#pod);
      return true;
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      const message = `MountVolume.SetUp failed for volume "${error.volume}" : ${error.message}`;
      this.#record("Warning", "FailedMount", message);
      return false;
    }
  }

  async #renewTokens(): Promise<void> {
    const { clock, volumes } = this.#context;
    while (!this.#stop.signal.aborted && volumes.renewAt !== undefined) {
      await wait(clock, Math.max(1_000, volumes.renewAt - clock.now()), this.#stop.signal);
      if (!this.#stop.signal.aborted) this.#writeVolumes();
    }
  }

  /** One init container after the other; a sidecar only has to have started. */
  async #runInit(): Promise<boolean> {
    for (const container of this.#pod.spec.initContainers ?? []) {
      if (this.#stop.signal.aborted) return false;
      const finished = this.#start(container);
      if (isSidecar(container))
        await Promise.race([this.#runner(container).started, finished, this.#aborted()]);
      else if (!(await Promise.race([finished, this.#aborted()]))) return false;
    }
    return !this.#stop.signal.aborted;
  }

  async #runMain(): Promise<void> {
    const all = Promise.all(this.#pod.spec.containers.map((container) => this.#start(container)));
    await Promise.race([all, this.#aborted()]);
  }

  #start(container: Container): Promise<boolean> {
    const run = this.#runner(container).run();
    this.#runs.set(container.name, run);
    return run;
  }

  /** Containers first, then sidecars in the reverse of their order, all within one grace period. */
  async #endAll(): Promise<void> {
    const { clock } = this.#context;
    const graceMs = this.#graceMs ?? (this.#pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
    const deadline = clock.now() + graceMs;
    const sidecars = (this.#pod.spec.initContainers ?? []).filter(isSidecar).reverse();
    const others = allContainers(this.#pod.spec).filter((it) => !sidecars.includes(it));
    for (const group of [others, ...sidecars.map((it) => [it])]) {
      const left = this.#graceMs === 0 ? 0 : Math.max(0, deadline - clock.now());
      for (const container of group) this.#runner(container).terminate(left);
      await Promise.all(group.map(({ name }) => this.#runs.get(name)));
    }
    this.#stop.abort();
  }

  #watchDeadline(): { clear(): void } | undefined {
    const { activeDeadlineSeconds, terminationGracePeriodSeconds = 30 } = this.#pod.spec;
    if (activeDeadlineSeconds === undefined) return undefined;
    return this.#context.clock.setTimeout(() => {
      const message = "Pod was active on the node longer than the specified deadline";
      this.#record("Normal", "DeadlineExceeded", message);
      this.terminate(terminationGracePeriodSeconds * 1000, { reason: "DeadlineExceeded", message });
    }, activeDeadlineSeconds * 1000);
  }

  #annotatePorts(): void {
    const ports = JSON.stringify(Object.fromEntries(this.#ports.all));
    const pod = this.#stored();
    const { annotations } = pod?.metadata ?? {};
    if (pod === undefined || ports === "{}" || annotations?.[portsAnnotation] === ports) return;
    const metadata = { ...pod.metadata, annotations: { ...annotations, [portsAnnotation]: ports } };
    this.#pod = this.#context.api.update<Pod>("pods", { ...pod, metadata });
  }

  #publish(): void {
    try {
      this.#writeStatus();
    } catch (error) {
      this.#context.onFault(error);
    }
  }

  #writeStatus(): void {
    const pod = this.#stored();
    if (pod === undefined || this.#isSilent) return;
    this.#pod = pod;
    const { clock, node } = this.#context;
    const status = renderPodStatus({
      pod,
      states: new Map([...this.containers].map(([name, { state }]) => [name, state])),
      isPrepared: this.#isPrepared,
      startTime: this.#startTime,
      hostIP: node.hostIP,
      ...(this.#verdict === undefined ? {} : { verdict: this.#verdict }),
      isFinished: this.#isFinished,
      now: timestamp(clock),
    });
    this.#pod = this.#context.api.updateStatus<Pod>("pods", { ...pod, status });
  }

  /** The pod in the store, if it is still this one. */
  #stored(): Pod | undefined {
    const { namespace, name, uid } = this.#pod.metadata;
    const pod = this.#context.api.get<Pod>("pods", namespace, name);
    return pod?.metadata.uid === uid ? pod : undefined;
  }

  #fail(reason: string, message: string): void {
    this.#verdict ??= { reason, message };
    this.#record("Warning", "Failed", message);
  }

  #changed(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener("abort", done);
    });
  }

  #wake(): void {
    for (const done of [...this.#waiting]) done();
  }

  async #aborted(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) await this.#changed(signal);
  }

  #runner({ name }: Container): ContainerRunner {
    const runner = this.containers.get(name);
    if (runner === undefined) throw new Error(`no runner for container ${name}`);
    return runner;
  }

  #record(type: EventType, reason: string, message: string, container?: Container): void {
    const list = container !== undefined && isInit(this.#pod, container) ? "initContainers" : "containers";
    const fieldPath = container === undefined ? {} : { fieldPath: `spec.${list}{${container.name}}` };
    this.#options.recorder.record({ object: this.#pod, ...fieldPath }, type, reason, message);
  }

  #createContext(): PodContext {
    const { context, sources, folder } = this.#options;
    return {
      ...context,
      folder,
      volumes: new PodVolumes(folder, sources, context.clock),
      pod: () => this.#pod,
      realPort: (port) => this.#ports.realPort(port),
      publish: () => this.#publish(),
      record: (type, reason, message, container) => this.#record(type, reason, message, container),
      changed: (signal) => this.#changed(signal),
    };
  }
}
