import type { Surroundings } from "./call.ts";
import type { DeadlineBoard } from "./deadline-board.ts";
import { RuntimeFailure } from "./errors.ts";
import { findModuleFile, type LoadedFunction, loadFunction } from "./load-function.ts";
import type { Settings } from "./settings.ts";

/**
 * Loads the function and runs its `init`, both within the function's timeout; `terminated` rejects when the watchdog
 * had to end a loop.
 * @throws RuntimeFailure that says why it cannot be served.
 */
export async function loadInTime(
  settings: Settings,
  surroundings: Surroundings,
  board: DeadlineBoard,
  terminated: Promise<never>,
): Promise<LoadedFunction> {
  const timeoutMs = settings.timeoutSeconds * 1000;
  board.running = performance.now() + timeoutMs;
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(tooSlow(settings)), Math.min(timeoutMs, 2 ** 31 - 1));
  try {
    return await Promise.race([loadAndInit(settings, surroundings), expired, terminated]);
  } finally {
    clearTimeout(timer);
    board.running = 0;
  }
}

/** What `terminated` rejects with. */
export function tooSlow({ timeoutSeconds }: Settings): RuntimeFailure {
  return new RuntimeFailure("LOAD_TIMED_OUT", `${timeoutSeconds} s`);
}

async function loadAndInit(settings: Settings, surroundings: Surroundings): Promise<LoadedFunction> {
  const file = findModuleFile(settings.folder, settings.module);
  const loaded = await loadFunction(file, settings.handler);
  try {
    await loaded.init?.(surroundings);
  } catch (cause) {
    throw new RuntimeFailure("INIT_FAILED", `${file}: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
  return loaded;
}
