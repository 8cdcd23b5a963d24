import { accessSync, constants, mkdirSync, readFileSync, statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { toError } from "../errors.ts";
import type { World } from "../world.ts";
import {
  findLocalPlatform,
  type LocalPlatformState,
  localFolder,
  removeState,
  startOf,
  writeState,
} from "./state.ts";

/**
 * Starts the local platform in this process and says so to other commands; `stop` takes that back.
 */
export async function startPlatform(world: World): Promise<LocalPlatformState & { stop(): Promise<void> }> {
  const directory = makeFolder(world);
  const { startLocalPlatform } = await import("@kubeless/local-platform");
  const running = await startLocalPlatform({ directory, environment: world.environment }).catch((cause) => {
    throw toError(
      "LocalPlatform",
      { fault: `The local platform does not start: ${cause.message}.`, advice: startAdvice },
      { cause },
    );
  });
  const state = {
    pid: process.pid,
    pidStart: startOf(process.pid) ?? "",
    kubeconfig: running.kubeconfigPath,
    context: running.context,
    server: running.server,
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

const startAdvice =
  "Try again; if it stays so, kubeless local reset begins anew, without the functions that were kept.";

/** Starts it in a process of its own and resolves when it is ready. */
export async function startInBackground(world: World): Promise<LocalPlatformState> {
  const log = `${makeFolder(world)}/platform.log`;
  const logged = statSync(log, { throwIfNoEntry: false })?.size;
  const { exited } = world.startDetached(["local", "up"], log);
  const ended = new AbortController();
  const failed = exited.then((code) => {
    ended.abort();
    const said = /^Error: (.*)/m.exec(readFileSync(log, "latin1").slice(logged))?.[1];
    throw toError("LocalPlatform", {
      fault: said ?? `The local platform ended with ${code} before it was ready.`,
      advice: `See more: ${log}.`,
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
  if (findLocalPlatform(world.homeDirectory) !== undefined)
    throw toError("LocalPlatform", {
      fault: `The local platform (process ${state.pid}) does not end.`,
      advice: `End it with kill -9 ${state.pid}.`,
    });
}

function makeFolder({ homeDirectory }: World): string {
  const folder = localFolder(homeDirectory);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    return folder;
  } catch (cause) {
    const fault = `The local platform has no folder to keep things in: ${(cause as Error).message}.`;
    throw toError(
      "LocalPlatform",
      { fault, advice: "Set HOME to a folder that you may write to." },
      { cause },
    );
  }
}

/** A process that is not our child tells nobody of its end: it is looked at. Resolves early when the signal aborts. */
async function untilState(
  { homeDirectory }: World,
  isWanted: (state: LocalPlatformState | undefined) => boolean,
  signal: AbortSignal,
): Promise<LocalPlatformState | undefined> {
  const lookEveryMs = 25;
  for (;;) {
    const state = findLocalPlatform(homeDirectory);
    if (isWanted(state) || signal.aborted) return state;
    await delay(lookEveryMs);
  }
}
