import { type Logger, silentLogger } from "../log/logger.ts";

/** Something that is started, stopped, and may have an opinion on how it is. */
export interface Component {
  readonly name: string;
  start(): void | Promise<void>;
  stop(): void | Promise<void>;
  /** Undefined while it makes progress, else what it is stuck at: `/healthz` says it. */
  stuck?(): string | undefined;
  /** Undefined when ready, else what it waits for: `/readyz` says it. */
  notReady?(): string | undefined;
}

/**
 * Groups, started in this order, each when the one before has started, and stopped the other way round:
 * `servers` first, so that probes are answered from the beginning and to the end; `caches` before what reads them;
 * `election` before `controllers`, so that the Lease is given back only when nobody writes any more.
 */
export const GROUPS = ["servers", "caches", "election", "controllers"] as const;
export type Group = (typeof GROUPS)[number];

export interface Manager {
  add(group: Group, component: Component): void;
  /** Rejects with what a component's start threw, after stopping those that were started. */
  start(): Promise<void>;
  /** Stops everything once; a component that fails to stop keeps no other from stopping. */
  stop(): Promise<void>;
  /** What does not make progress; empty when all is well. */
  stuck(): string[];
  /** What is not ready yet; empty when all is. While stopping, never empty. */
  notReady(): string[];
}

export function createManager({ logger = silentLogger }: { logger?: Logger | undefined } = {}): Manager {
  const members: { group: Group; component: Component }[] = [];
  const started: Component[] = [];
  let state: "new" | "running" | "stopping" = "new";
  let stopped: Promise<void> | undefined;

  const inOrder = () => GROUPS.flatMap((group) => members.filter((member) => member.group === group));

  async function stopAll(): Promise<void> {
    state = "stopping";
    for (const component of started.toReversed()) {
      try {
        await component.stop();
      } catch (err) {
        logger.error({ component: component.name, err }, "A component did not stop cleanly");
      }
    }
  }

  function stop(): Promise<void> {
    stopped ??= stopAll();
    return stopped;
  }

  return {
    add(group, component) {
      members.push({ group, component });
    },
    async start() {
      try {
        for (const { component } of inOrder()) {
          started.push(component);
          await component.start();
        }
        if (state === "new") state = "running";
      } catch (error) {
        await stop();
        throw error;
      }
    },
    stop,
    stuck: () => members.flatMap(({ component }) => component.stuck?.() ?? []),
    notReady() {
      if (state !== "running") return [state === "new" ? "starting" : "stopping"];
      return members.flatMap(({ component }) => component.notReady?.() ?? []);
    },
  };
}
