import { Worker } from "node:worker_threads";
import type { CallsInFlight } from "./calls-in-flight.ts";
import { errors } from "./errors.ts";

/** Stops watching. */
export type StopWatching = () => Promise<number>;

/**
 * Ends loops that never come back to the event loop. A second thread reads the deadlines; one that has passed while the
 * main thread does not answer the call means that it is stuck, and the thread terminates what runs there. The main
 * thread then answers 408, and its other calls go on. A native call cannot be terminated: then the thread says why and
 * ends the process.
 */
export function startWatchdog(calls: CallsInFlight, terminationLog: string): StopWatching {
  const { message, action } = errors.BLOCKED;
  const orders: Orders = {
    shared: calls.shared,
    clockOffsetMs: Number(process.hrtime.bigint()) / 1e6 - performance.now(),
    terminationLog,
    lastWords: `${message}. ${action}`,
  };
  const thread = new Worker(`(${watch.toString()})()`, {
    eval: true,
    workerData: orders,
    name: "watchdog",
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  });
  thread.on("message", () => calls.sweep());
  thread.unref();
  return () => thread.terminate();
}

interface Orders {
  readonly shared: Float64Array;
  readonly clockOffsetMs: number;
  readonly terminationLog: string;
  readonly lastWords: string;
}

/** Runs in the thread, from its own text: it may name nothing outside of itself, and no inner function. */
function watch(): void {
  const { workerData, parentPort } = process.getBuiltinModule("node:worker_threads");
  const { Session } = process.getBuiltinModule("node:inspector");
  const fs = process.getBuiltinModule("node:fs");
  const { shared, clockOffsetMs, terminationLog, lastWords } = workerData as Orders;
  const patience = { lookEveryMs: 20, overdueMs: 30, nativeCallMs: 1000 };
  const state = { waitingSince: 0, session: undefined as InstanceType<typeof Session> | undefined };
  setInterval(() => {
    const now = Number(process.hrtime.bigint()) / 1e6 - clockOffsetMs;
    const due = shared[1] || (shared[0] as number);
    if (now < due + patience.overdueMs) return;
    if (state.waitingSince === 0) {
      state.waitingSince = now;
      state.session = new Session();
      state.session.connectToMainThread();
      state.session.post("Runtime.terminateExecution", () => {
        state.waitingSince = 0;
        state.session?.disconnect();
        parentPort?.postMessage("terminated");
      });
      return;
    }
    if (now - state.waitingSince < patience.nativeCallMs) return;
    fs.writeSync(2, `${lastWords}\n`);
    if (fs.existsSync(terminationLog)) fs.writeFileSync(terminationLog, lastWords);
    process.kill(process.pid, "SIGKILL");
    // As process 1 of a container nothing inside can kill it: a trap that the kernel must deliver does.
    process.getBuiltinModule("node:v8").setFlagsFromString("--allow-natives-syntax");
    new Function("%SystemBreak()")();
  }, patience.lookEveryMs);
}
