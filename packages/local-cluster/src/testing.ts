import { runApiServer } from "./api-server.ts";
import { systemClock } from "./clock.ts";
import type { Logger } from "./pipeline/cluster.ts";
import type { ChaosOptions } from "./request/chaos.ts";

export type { ChaosOptions };

export interface StartApiServerOptions {
  /** A bad day: watches cut, requests refused, slow answers. */
  readonly chaos?: ChaosOptions;
  /** How many events of each resource watches can resume over; fewer make 410 likely. 1,000 by default. */
  readonly historyLimit?: number;
}

export interface TestApiServer {
  /** The text of a kubeconfig: for `KubeConfig.loadFromString`, or to be written to a file for kubectl. */
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

/**
 * Starts the Kubernetes API alone, in memory, on a free loopback port: no controllers, no pods run, nothing is
 * collected. Meant as the fixture of tests that talk to a cluster; ready when the promise resolves.
 */
export async function startApiServer(options: StartApiServerOptions = {}): Promise<TestApiServer> {
  const { kubeconfig, stop } = await runApiServer({
    clock: systemClock(),
    log: silent,
    name: "local-cluster-test",
    port: 0,
    chaos: options.chaos,
    historyLimit: options.historyLimit ?? 1000,
  });
  return { kubeconfig, stop };
}

const silent: Logger = {
  info: () => undefined,
  warn: () => undefined,
  error: (fields, message) =>
    process.stderr.write(`local-cluster: ${message}: ${String((fields as { err?: Error }).err?.stack)}\n`),
};
