import { expect, onTestFinished } from "vitest";
import type { Clock, ClusterApi, KubeObject } from "../api/cluster-api.ts";
import { runApiServer } from "../api-server.ts";
import type { ControllerContext, StartController } from "./context.ts";
import { watchEveryResource } from "./every-resource.ts";

/** Time that passes only when a test says so. */
export class TestClock implements Clock {
  readonly #timers = new Set<{ readonly callback: () => void; readonly due: number }>();
  #now = Date.parse("2030-01-01T00:00:00Z");

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, delayMs: number): { clear(): void } {
    const timer = { callback, due: this.#now + delayMs };
    this.#timers.add(timer);
    return { clear: () => this.#timers.delete(timer) };
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.#timers].sort((a, b) => a.due - b.due)) {
      if (timer.due > this.#now || !this.#timers.delete(timer)) continue;
      timer.callback();
    }
  }
}

export interface TestControllers {
  readonly api: ClusterApi;
  readonly clock: TestClock;
  readonly faults: readonly unknown[];
  /** Resolves when the controllers have nothing left to do until time passes or something is written. */
  settled(): Promise<void>;
}

/** The controllers over an API server of their own, ended with the test; a fault fails it unless it is expected. */
export async function startTestControllers(
  controllers: readonly StartController[],
  { mayFault = false, usage = () => [] }: { mayFault?: boolean; usage?: ControllerContext["usage"] } = {},
): Promise<TestControllers> {
  const clock = new TestClock();
  const faults: unknown[] = [];
  const log = { info: () => {}, warn: () => {}, error: (fields: object) => faults.push(fields) };
  const server = await runApiServer({ clock, log, name: "test", port: 0, historyLimit: 100 });
  const api = server.api("test");
  const context = { clock, usage, onFault: (error: unknown) => faults.push(error) };
  const running = controllers.map((start) =>
    start({ api: server.api("kube-controller-manager"), ...context }),
  );
  let writes = 0;
  const end = watchEveryResource(api, () => {
    writes += 1;
  });
  onTestFinished(async () => {
    end();
    for (const controller of running) controller.stop();
    await server.stop();
    if (!mayFault) expect(faults).toEqual([]);
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const settled = async () => {
    for (let quiet = 0, seen = -1; quiet < 3; quiet = seen === writes ? quiet + 1 : 0) {
      seen = writes;
      await turn();
    }
  };
  await settled();
  return { api, clock, faults, settled };
}

/** A ConfigMap: an object with no behaviour of its own. */
export function renderConfigMap(name: string, metadata: object = {}): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default", ...metadata } };
}

/** A reference to an owner that its dependent may outlive or block. */
export function ownedBy({ apiVersion, kind, metadata: { name, uid } }: KubeObject, blocks = false): object {
  return { apiVersion, kind, name, uid, ...(blocks ? { blockOwnerDeletion: true } : {}) };
}
