import { guardProcess } from "./guard.ts";
import { leaveLastWords } from "./last-words.ts";
import { type RunningFunction, runFunction } from "./run.ts";
import { parseSettings } from "./settings.ts";

const exit = guardProcess();

try {
  const running = await runFunction(parseSettings(process.env));
  stopOnSignal(running);
  // Started by another program that waits for the port: when that one goes, so do we.
  process.send?.({ port: running.port });
} catch (reason) {
  leaveLastWords(process.env.KUBELESS_TERMINATION_LOG ?? "/dev/termination-log", reason);
  exit(1);
}

/** The first signal drains; a second one ends at once. */
function stopOnSignal(running: RunningFunction): void {
  let stopping = false;
  const stop = () => {
    if (stopping) exit(1);
    stopping = true;
    running.drain().then(
      () => exit(0),
      (reason) => {
        process.stderr.write(
          `The function's shutdown failed: ${reason instanceof Error ? reason.stack : reason}\n`,
        );
        exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  if (process.connected) process.on("disconnect", stop);
}
