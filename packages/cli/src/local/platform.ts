import { mkdirSync } from "node:fs";
import { watch } from "node:fs/promises";
import { toError } from "../errors.ts";
import type { World } from "../world.ts";
import {
  findLocalPlatform,
  isAlive,
  type LocalPlatformState,
  localFolder,
  removeState,
  writeState,
} from "./state.ts";

/** What `@kubeless/local-platform` gives for one platform that runs in this process. */
interface RunningPlatform {
  readonly kubeconfigPath: string;
  /** The address HTTP triggers are served at. */
  readonly ingress: string;
  stop(): Promise<void>;
}

interface PlatformModule {
  startLocalPlatform?: (options: { readonly directory: string }) => Promise<RunningPlatform>;
}

/**
 * Starts the local platform in this process and says so to other commands; `stop` takes that back.
 * @throws CliError LocalPlatform when it cannot start
 */
export async function startPlatform(world: World): Promise<LocalPlatformState & { stop(): Promise<void> }> {
  const { startLocalPlatform }: PlatformModule = await import("@kubeless/local-platform");
  if (startLocalPlatform === undefined)
    throw toError("LocalPlatform", {
      fault: "This installation has no local platform.",
      advice: "Install a newer kubeless, or name a cluster with --kubeconfig.",
    });
  const running = await startLocalPlatform({ directory: localFolder(world.homeDirectory) });
  const { loadKubeConfig } = await import("@kubeless/controller-kit");
  const state = {
    pid: process.pid,
    kubeconfig: running.kubeconfigPath,
    context: loadKubeConfig({ kubeconfig: running.kubeconfigPath }).getCurrentContext(),
    ingress: running.ingress,
    startedAt: world.now().toISOString(),
  };
  writeState(world.homeDirectory, state);
  return {
    ...state,
    stop: async () => {
      await running.stop();
      removeState(world.homeDirectory);
    },
  };
}

/** Starts it in a process of its own and resolves when it is ready. */
export async function startInBackground(world: World): Promise<LocalPlatformState> {
  const folder = localFolder(world.homeDirectory);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const log = `${folder}/platform.log`;
  const { exited } = world.startDetached(["local", "up"], log);
  const ended = new AbortController();
  const failed = exited.then((code) => {
    ended.abort();
    throw toError("LocalPlatform", {
      fault: `The local platform ended with ${code} before it was ready.`,
      advice: `See why: ${log}.`,
    });
  });
  const signal = AbortSignal.any([world.signal, ended.signal]);
  const started = untilState(world, (state) => state !== undefined, signal);
  const state = await Promise.race([started, failed]);
  if (state === undefined) throw world.signal.reason;
  return state;
}

/** Asks the platform to end, and resolves when it has. */
export async function stopPlatform(state: LocalPlatformState, world: World): Promise<void> {
  const patience = AbortSignal.timeout(30_000);
  const stopped = untilState(world, (now) => now === undefined, AbortSignal.any([world.signal, patience]));
  process.kill(state.pid, "SIGTERM");
  await stopped;
  if (findLocalPlatform(world.homeDirectory) !== undefined && isAlive(state.pid))
    throw toError("LocalPlatform", {
      fault: `The local platform (process ${state.pid}) does not end.`,
      advice: `End it with kill -9 ${state.pid}.`,
    });
}

/** Looks whenever something in the platform's folder changes; resolves early when the signal aborts. */
async function untilState(
  { homeDirectory }: World,
  isWanted: (state: LocalPlatformState | undefined) => boolean,
  signal: AbortSignal,
): Promise<LocalPlatformState | undefined> {
  const events = watch(localFolder(homeDirectory), { signal });
  try {
    // Begun before the first look, so that nothing falls in between.
    const next = events[Symbol.asyncIterator]();
    for (let event = next.next(); ; event = next.next()) {
      const state = findLocalPlatform(homeDirectory);
      if (isWanted(state)) return state;
      await event;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return findLocalPlatform(homeDirectory);
  }
}
