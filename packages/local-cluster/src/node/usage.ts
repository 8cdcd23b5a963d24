import type { Clock } from "../api/cluster-api.ts";
import { parseQuantity } from "../schema/quantity.ts";
import type { ContainerRunner } from "./container-runner.ts";
import type { ContainerUsage } from "./node-agent.ts";
import { namespaceOf, type Pod } from "./pod.ts";
import { readProcesses } from "./process-list.ts";

const sampleEveryMs = 1_000;
const windowMs = 10_000;

interface Sample {
  readonly at: number;
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

export interface Watched {
  readonly pod: Pod;
  readonly runner: ContainerRunner;
}

/** Looks once a second at what the containers' process groups use, and ends those beyond their memory limit. */
export class UsageSampler {
  readonly #clock: Clock;
  readonly #list: () => Iterable<Watched>;
  readonly #samples = new Map<number, Sample[]>();
  #timer: { clear(): void } | undefined;

  constructor(clock: Clock, list: () => Iterable<Watched>) {
    this.#clock = clock;
    this.#list = list;
  }

  start(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.sample();
      this.start();
    }, sampleEveryMs);
  }

  stop(): void {
    this.#timer?.clear();
  }

  /** Public for those who drive the time themselves. */
  sample(): void {
    const watched = [...this.#list()].filter(({ runner }) => runner.process !== undefined);
    const pids = new Set(watched.map(({ runner }) => runner.process?.pid));
    for (const pid of this.#samples.keys()) if (!pids.has(pid)) this.#samples.delete(pid);
    if (watched.length === 0) return;
    const groups = Map.groupBy(readProcesses(), ({ group }) => group);
    for (const { runner } of watched) {
      const pid = runner.process?.pid ?? 0;
      const members = groups.get(pid) ?? [];
      const memoryBytes = members.reduce((sum, member) => sum + member.memoryBytes, 0);
      const cpuMs = members.reduce((sum, member) => sum + member.cpuMs, 0);
      this.#keep(pid, { at: this.#clock.now(), cpuMs, memoryBytes });
      const limit = parseQuantity(runner.container.resources?.limits?.memory);
      if (limit !== undefined && memoryBytes > limit) runner.killForMemory();
    }
  }

  usage(): ContainerUsage[] {
    return [...this.#list()].flatMap(({ pod, runner }) => {
      const samples = this.#samples.get(runner.process?.pid ?? 0) ?? [];
      const [first, last] = [samples[0], samples.at(-1)];
      if (first === undefined || last === undefined) return [];
      const windowSeconds = (last.at - first.at) / 1000;
      const cpuMs = Math.max(0, last.cpuMs - first.cpuMs);
      return {
        namespace: namespaceOf(pod),
        pod: pod.metadata.name,
        container: runner.name,
        cpuNanocores: windowSeconds === 0 ? 0 : Math.round((cpuMs * 1e6) / windowSeconds),
        memoryBytes: last.memoryBytes,
        sampledAt: last.at,
        windowSeconds,
      };
    });
  }

  #keep(pid: number, sample: Sample): void {
    const samples = [...(this.#samples.get(pid) ?? []), sample];
    this.#samples.set(
      pid,
      samples.filter(({ at }) => at >= sample.at - windowMs),
    );
  }
}
