import type { EventEmitter } from "node:events";
import { getCallSites } from "node:util";
import { Worker } from "node:worker_threads";
import { type DeadlineBoard, firstSlot } from "./deadline-board.ts";
import { errors } from "./errors.ts";

export interface WatchdogOptions {
  readonly board: DeadlineBoard;
  /** Where the reason is written should the process have to end. */
  readonly terminationLog: string;
  /**
   * Asked on the main thread, in the midst of what has run beyond a deadline: until when it may go on, on the clock of
   * `performance.now()`. What lies in the past ends it.
   */
  readonly judge: () => number;
  /** Told after what ran on the main thread was terminated: whatever it was, it will not go on. */
  readonly onTerminated: () => void;
}

/**
 * Ends loops that never come back to the event loop. A second thread reads the deadlines; one that has passed without
 * the main thread having done anything about it means that the main thread is stuck. It is then asked, by way of the
 * inspector, which interrupts a loop, whose work that is; unless that still has time, it is terminated
 * (`Runtime.terminateExecution`, which no try/catch holds up). The main thread then answers 408 and its other calls go
 * on. A blocking native call gives no answer and cannot be terminated: the thread answers who waits, says why, and ends
 * the process.
 *
 * Below a timer's callback Node takes a terminated stack for a corrupted one unless it was started with
 * `--no-force-async-hooks-checks`. Returns how to stop watching.
 */
export function startWatchdog(options: WatchdogOptions): () => void {
  const { board, terminationLog, judge, onTerminated } = options;
  const { message, action } = errors.BLOCKED;
  const lastWords = `BLOCKED: ${message}. ${action}`;
  const orders: Orders = {
    memory: board.memory,
    firstSlot,
    clockOffsetMs: Number(process.hrtime.bigint()) / 1e6 - performance.now(),
    terminationLog,
    question: `process.emit("${question}") //# sourceURL=${question}`,
    lastWords,
    overdueAnswer: rawAnswer("408 Request Timeout", lastWords),
    otherAnswer: rawAnswer("503 Service Unavailable", lastWords),
  };
  const answer = (): void => {
    board.verdict = isFree() ? Number.POSITIVE_INFINITY : judge();
  };
  const events: EventEmitter = process;
  events.on(question, answer);
  const thread = new Worker(`(${watch.toString()})()`, {
    eval: true,
    workerData: orders,
    name: "watchdog",
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  });
  thread.on("message", onTerminated);
  thread.unref();
  return () => {
    events.off(question, answer);
    void thread.terminate();
  };
}

/** The event by which the thread asks; also the name of the script that it has the main thread run. */
const question = "kubeless.overdue";

/** True when the question interrupted nothing: the main thread came back by itself while it was being asked. */
function isFree(): boolean {
  return getCallSites(50).at(-1)?.scriptName === question;
}

interface Orders {
  readonly memory: Float64Array;
  readonly firstSlot: number;
  readonly clockOffsetMs: number;
  readonly terminationLog: string;
  readonly question: string;
  readonly lastWords: string;
  readonly overdueAnswer: string;
  readonly otherAnswer: string;
}

function rawAnswer(status: string, message: string): string {
  const body = JSON.stringify({ code: "BLOCKED", message });
  return `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
}

/** Runs in the thread, from its own text: it may name nothing outside of itself, and no function inside. */
function watch(): void {
  const { workerData, parentPort } = process.getBuiltinModule("node:worker_threads");
  const { Session } = process.getBuiltinModule("node:inspector");
  const fs = process.getBuiltinModule("node:fs");
  const orders = workerData as Orders;
  const { memory } = orders;
  const patience = { lookEveryMs: 20, overdueMs: 30, nativeCallMs: 1000, unheardMs: 250 };
  const state: { session?: InstanceType<typeof Session> | undefined; since: number } = { since: 0 };
  setInterval(() => {
    const now = Number(process.hrtime.bigint()) / 1e6 - orders.clockOffsetMs;
    const deadline = memory[1] || (memory[0] as number);
    if (now < deadline + patience.overdueMs) return;
    // What is ended twice may be the end's own consequences; only another loop keeps the main thread from hearing of it.
    if (now < (memory[2] as number) + patience.unheardMs) return;
    if (state.session === undefined) {
      state.since = now;
      state.session = new Session();
      state.session.connectToMainThread();
      memory[3] = 0;
      state.session.post("Runtime.evaluate", { expression: orders.question }, () => {
        // It may go on, or has come back meanwhile and answers who is overdue.
        if (now < (memory[3] as number) + patience.overdueMs || now < (memory[4] as number)) {
          state.session?.disconnect();
          state.session = undefined;
          return;
        }
        state.session?.post("Runtime.terminateExecution", () => {
          state.session?.disconnect();
          state.session = undefined;
          memory[2] = Number(process.hrtime.bigint()) / 1e6 - orders.clockOffsetMs;
          parentPort?.postMessage("terminated");
        });
      });
    }
    if (now - state.since < patience.nativeCallMs) return;
    for (let slot = orders.firstSlot; slot < memory.length; slot += 2) {
      const descriptor = memory[slot] as number;
      if (descriptor === 0) continue;
      try {
        fs.writeSync(
          descriptor,
          (memory[slot + 1] as number) < now ? orders.overdueAnswer : orders.otherAnswer,
        );
      } catch {
        // Gone, or not reading: the others are told all the same.
      }
    }
    try {
      fs.writeSync(2, `${orders.lastWords}\n`);
      if (fs.existsSync(orders.terminationLog)) fs.writeFileSync(orders.terminationLog, orders.lastWords);
    } finally {
      process.kill(process.pid, "SIGKILL");
      // Process 1 of a container cannot be killed from inside: there, a trap that the kernel must deliver ends it.
      process.getBuiltinModule("node:v8").setFlagsFromString("--allow-natives-syntax");
      new Function("%SystemBreak()")();
    }
  }, patience.lookEveryMs);
}
