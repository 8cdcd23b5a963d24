import { join } from "node:path";
import { collectOutput } from "./command-output.ts";
import type { ContainerLaunch } from "./container-launch.ts";
import { ContainerLogs, hasRunOutOfHeap } from "./container-logs.ts";
import { prepareContainer } from "./container-preparation.ts";
import { startProbes } from "./container-probes.ts";
import {
  type ContainerState,
  createContainerState,
  keepTermination,
  setTerminated,
  setWaiting,
  type Terminated,
} from "./container-state.ts";
import { type EventType, timestamp } from "./events.ts";
import { endGracefully, runHook } from "./hooks.ts";
import { readLastWords } from "./last-words.ts";
import type { LogFile } from "./log-file.ts";
import { type Container, isInit, isSidecar, namespaceOf } from "./pod.ts";
import type { PodContext } from "./pod-context.ts";
import type { ProbeResult, ProbeTarget } from "./probes.ts";
import type { ProcessExit, RunningProcess } from "./processes.ts";
import { formatDelay, RestartDelay } from "./restart-delay.ts";
import { wait } from "./wait.ts";

/** Runs one container of a pod: starts it, probes it, starts it again as the restart policy says, ends it. */
export class ContainerRunner implements ProbeTarget {
  readonly state: ContainerState;
  readonly name: string;
  readonly #context: PodContext;
  readonly #logs: ContainerLogs;
  readonly #delay: RestartDelay;
  readonly #stop = new AbortController();
  readonly #started = Promise.withResolvers<void>();
  #graceMs = 0;
  #process: RunningProcess | undefined;
  #launch: ContainerLaunch | undefined;
  #ending: Promise<void> | undefined;
  #isOutOfMemory = false;
  #runs = 0;

  constructor(context: PodContext, name: string) {
    this.#context = context;
    this.name = name;
    const { backOff, clock, folder, logLimits } = context;
    this.#logs = new ContainerLogs(join(folder, "logs", name), logLimits, () => clock.now());
    this.#delay = new RestartDelay(backOff);
    const hasInit = (context.pod().spec.initContainers ?? []).length > 0;
    this.state = createContainerState(hasInit ? "PodInitializing" : "ContainerCreating");
  }

  /** As the pod's spec has it now. */
  get container(): Container {
    const { spec } = this.#context.pod();
    const found = [...(spec.initContainers ?? []), ...spec.containers].find(({ name }) => name === this.name);
    if (found === undefined) throw new Error(`container ${this.name} has vanished from its pod`);
    return found;
  }

  /** Resolves when the container counts as started: at once, or when its startup probe has passed. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  get process(): RunningProcess | undefined {
    return this.#process;
  }

  /** How further commands run beside the container; undefined while it does not run. */
  get launch(): ContainerLaunch | undefined {
    return this.#process === undefined ? undefined : this.#launch;
  }

  /** The log of the present (or last) run, or of the one before. */
  log(previous: boolean): LogFile | undefined {
    return this.#logs.get(previous);
  }

  /** Resolves when the container has ended for good: true after exit code 0. */
  async run(): Promise<boolean> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const exitCode = await this.#runOnce();
      if (exitCode === undefined) return false;
      if (signal.aborted || !this.#shouldRestart(exitCode)) return exitCode === 0;
      await this.#backOff();
    }
    return false;
  }

  /** Ends the container within the grace period and lets `run` resolve; a shorter one may follow. */
  terminate(graceMs: number): void {
    this.#graceMs = graceMs;
    this.#stop.abort();
    if (graceMs === 0) this.#process?.kill();
    void this.#end(graceMs, `Stopping container ${this.name}`);
  }

  /** The container's image has changed: it is started again with the new one. */
  restart(): void {
    void this.#end(this.#podGraceMs(), `Container ${this.name} definition changed, will be restarted`);
  }

  /** The container uses more memory than its limit allows. */
  killForMemory(): void {
    this.#isOutOfMemory = true;
    this.#process?.kill();
  }

  realPort(port: number): number {
    return this.#context.realPort(port);
  }

  async exec(command: readonly string[], timeoutMs: number): Promise<ProbeResult> {
    if (this.launch === undefined) return "container is not running";
    try {
      const process = await this.#context.processes.start(this.launch.command(command));
      return await collectOutput(process, command, timeoutMs);
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** One run from the image to the exit code; undefined when it was stopped before it began. */
  async #runOnce(): Promise<number | undefined> {
    const launch = await prepareContainer(this.#context, () => this.container, {
      signal: this.#stop.signal,
      setWaiting: (reason, message) => this.#setWaiting(reason, message),
    });
    if (launch === undefined) return undefined;
    if (this.#runs > 0) this.state.restartCount += 1;
    this.#runs += 1;
    this.#ending = undefined;
    this.#isOutOfMemory = false;
    this.#launch = launch;
    this.#record("Normal", "Created", `Created container: ${this.name}`);
    const log = this.#logs.open(this.state.restartCount);
    try {
      const process = await this.#context.processes.start(launch.main());
      return await this.#follow(process, launch, log);
    } catch (error) {
      log.close();
      return this.#failStart((error as Error).message);
    }
  }

  /** From the running process to its exit code. */
  async #follow(process: RunningProcess, launch: ContainerLaunch, log: LogFile): Promise<number> {
    this.#process = process;
    process.child.stdout?.on("data", (chunk: Buffer) => log.write("stdout", chunk));
    process.child.stderr?.on("data", (chunk: Buffer) => log.write("stderr", chunk));
    const startedAt = timestamp(this.#context.clock);
    const startedMs = this.#context.clock.now();
    this.state.containerID = `process://${this.#context.pod().metadata.uid}/${this.name}/${process.pid}`;
    this.state.state = { running: { startedAt } };
    this.#record("Normal", "Started", `Started container ${this.name}`);
    const run = new AbortController();
    if (this.#stop.signal.aborted) this.terminate(this.#graceMs);
    else void this.#accompany(run.signal);
    const exit = await process.exit;
    run.abort();
    this.#process = undefined;
    log.close();
    this.#delay.hasRunFor(this.#context.clock.now() - startedMs);
    return this.#recordExit(exit, startedAt, launch, log);
  }

  /** postStart, then the probes, for as long as this run lasts. */
  async #accompany(signal: AbortSignal): Promise<void> {
    const hook = this.container.lifecycle?.postStart;
    if (this.container.startupProbe === undefined && hook === undefined) this.#setStarted();
    this.#context.publish();
    const fault = hook && (await runHook(this, hook, this.#context.clock, 30_000));
    if (signal.aborted) return;
    if (fault !== undefined) {
      this.#record("Warning", "FailedPostStartHook", `PostStartHook failed: ${fault}`);
      return this.#end(this.#podGraceMs(), "FailedPostStartHook");
    }
    startProbes(this, this.#context.clock, signal, {
      started: () => this.#setStarted(),
      ready: (ready) => this.#setReady(ready),
      failed: (kind, message) => this.#record("Warning", "Unhealthy", `${kind} probe failed: ${message}`),
      mustRestart: (kind, graceSeconds) =>
        void this.#end(
          graceSeconds === undefined ? this.#podGraceMs() : graceSeconds * 1000,
          `Container ${this.name} failed ${kind.toLowerCase()} probe, will be restarted`,
        ),
    });
  }

  #setStarted(): void {
    if (this.state.started) return;
    this.state.started = true;
    if (this.container.readinessProbe === undefined && !this.#isOneOff()) this.state.ready = true;
    this.#started.resolve();
    this.#context.publish();
  }

  #setReady(ready: boolean): void {
    if (this.state.ready === ready) return;
    this.state.ready = ready;
    this.#context.publish();
  }

  #recordExit(exit: ProcessExit, startedAt: string, launch: ContainerLaunch, log: LogFile): number {
    const isOutOfMemory = this.#isOutOfMemory || hasRunOutOfHeap(this.container, exit, log);
    const exitCode = isOutOfMemory ? 137 : exit.code;
    const message = readLastWords(this.container, exitCode, launch.terminationLog, log.path);
    this.#setTerminated({
      containerID: this.state.containerID ?? "",
      exitCode,
      finishedAt: timestamp(this.#context.clock),
      ...(message === undefined ? {} : { message }),
      reason: isOutOfMemory ? "OOMKilled" : exitCode === 0 ? "Completed" : "Error",
      startedAt,
    });
    return exitCode;
  }

  /** As the kubelet has it, a container that could not be started has ended with 128. */
  #failStart(cause: string): number {
    const message = `failed to start the container's process: ${cause}`;
    this.#record("Warning", "Failed", `Error: ${message}`);
    this.#setTerminated({
      containerID: `process://${this.#context.pod().metadata.uid}/${this.name}`,
      exitCode: 128,
      finishedAt: timestamp(this.#context.clock),
      message,
      reason: "StartError",
      startedAt: "1970-01-01T00:00:00Z",
    });
    if (this.#shouldRestart(128)) this.#setWaiting("RunContainerError", message);
    return 128;
  }

  #setTerminated(terminated: Terminated): void {
    setTerminated(this.state, terminated);
    this.state.ready = this.#isOneOff() && terminated.exitCode === 0;
    this.#context.publish();
  }

  #setWaiting(reason: string, message: string): void {
    setWaiting(this.state, reason, message);
    this.#context.publish();
  }

  #isOneOff(): boolean {
    return isInit(this.#context.pod(), this.container) && !isSidecar(this.container);
  }

  #shouldRestart(exitCode: number): boolean {
    if (this.#stop.signal.aborted) return false;
    if (isSidecar(this.container)) return true;
    const { restartPolicy = "Always" } = this.#context.pod().spec;
    if (restartPolicy === "Always" && !isInit(this.#context.pod(), this.container)) return true;
    return restartPolicy !== "Never" && exitCode !== 0;
  }

  async #backOff(): Promise<void> {
    const delayMs = this.#delay.next();
    if (delayMs > 0) {
      const { metadata } = this.#context.pod();
      const where = `${metadata.name}_${namespaceOf(this.#context.pod())}(${metadata.uid})`;
      const text = `back-off ${formatDelay(delayMs)} restarting failed container=${this.name} pod=${where}`;
      this.#record("Warning", "BackOff", `Back-off restarting failed container ${this.name} in pod ${where}`);
      this.#setWaiting("CrashLoopBackOff", text);
      await wait(this.#context.clock, delayMs, this.#stop.signal);
    }
    if (!this.#stop.signal.aborted) keepTermination(this.state);
  }

  #end(graceMs: number, message: string): Promise<void> {
    const process = this.#process;
    if (process === undefined) return Promise.resolve();
    this.#ending ??= this.#endProcess(process, graceMs, message);
    return this.#ending;
  }

  async #endProcess(process: RunningProcess, graceMs: number, message: string): Promise<void> {
    this.#record("Normal", "Killing", message);
    const fault = await endGracefully(this, process, graceMs, this.#context.clock);
    if (fault !== undefined) this.#record("Warning", "FailedPreStopHook", `PreStopHook failed: ${fault}`);
  }

  #podGraceMs(): number {
    return (this.#context.pod().spec.terminationGracePeriodSeconds ?? 30) * 1000;
  }

  #record(type: EventType, reason: string, message: string): void {
    this.#context.record(type, reason, message, this.container);
  }
}
