import { type FSWatcher, mkdirSync, readdirSync, readFileSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { allContainers, type Container, type Pod } from "./pod.ts";
import type { PortPool } from "./ports.ts";

/**
 * A pod's ports as files: `<pod>/ports/8080` holds the loopback port that stands for 8080. Declared ports are written
 * before the first container starts; a Node program that listens on another one adds its own (see router/preload).
 */
export class PodPorts {
  readonly #folder: string;
  readonly #pool: PortPool;
  readonly #taken: number[] = [];
  #real: ReadonlyMap<number, number> = new Map();
  #watcher: FSWatcher | undefined;

  constructor(podFolder: string, pool: PortPool) {
    this.#folder = join(podFolder, "ports");
    this.#pool = pool;
  }

  get all(): ReadonlyMap<number, number> {
    return this.#real;
  }

  /** Where a connection to the pod's port must really go. */
  realPort(port: number): number {
    return this.#real.get(port) ?? port;
  }

  /** Takes a port for each one the pod declares or is probed on, so that no probe ever asks a program of somebody else; calls back whenever a program has added another. */
  async open(pod: Pod, onChange: () => void): Promise<void> {
    mkdirSync(this.#folder, { recursive: true });
    for (const port of new Set(allContainers(pod.spec).flatMap(portsOf))) {
      const real = await this.#pool.take();
      this.#taken.push(real);
      writeFileSync(join(this.#folder, String(port)), String(real));
    }
    this.#read();
    this.#watcher = watch(this.#folder, { persistent: false }, () => {
      if (this.#read()) onChange();
    });
    this.#watcher.on("error", () => this.#watcher?.close());
  }

  close(): void {
    this.#watcher?.close();
    this.#pool.release(this.#taken);
  }

  /** True when something is new. */
  #read(): boolean {
    const before = this.#real;
    try {
      this.#real = new Map(
        readdirSync(this.#folder)
          .filter((name) => /^\d+$/.test(name))
          .map(
            (name) =>
              [Number(name), Number.parseInt(readFileSync(join(this.#folder, name), "utf8"), 10)] as const,
          )
          .filter(([, real]) => real > 0),
      );
    } catch {
      return false;
    }
    return [...this.#real].some(([port, real]) => before.get(port) !== real);
  }
}

function portsOf(container: Container): number[] {
  const declared = (container.ports ?? []).filter(isTcp).map(({ containerPort }) => containerPort);
  const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe];
  const probed = probes.map((probe) => (probe?.httpGet ?? probe?.tcpSocket)?.port);
  return [...declared, ...probed.filter((port) => typeof port === "number")];
}

function isTcp({ protocol = "TCP" }: { readonly protocol?: string }): boolean {
  return protocol === "TCP";
}
