import type { Clock } from "../api/cluster-api.ts";
import type { Container } from "./pod.ts";
import { attemptHttp, attemptProbe, type ProbeResult, type ProbeTarget } from "./probes.ts";
import type { RunningProcess } from "./processes.ts";
import { wait } from "./wait.ts";

/**
 * preStop and SIGTERM share the grace period; then SIGKILL for the whole group. Resolves with what went wrong in the
 * hook once the process is gone or has been killed.
 */
export async function endGracefully(
  target: ProbeTarget,
  process: RunningProcess,
  graceMs: number,
  clock: Clock,
): Promise<ProbeResult> {
  const deadline = clock.now() + graceMs;
  const exited = new AbortController();
  process.exit.then(() => exited.abort());
  const hook = graceMs > 0 ? target.container.lifecycle?.preStop : undefined;
  const limit = wait(clock, graceMs, exited.signal).then(() => undefined);
  const fault = hook && (await Promise.race([runHook(target, hook, clock, graceMs), limit]));
  process.signal("SIGTERM");
  await wait(clock, Math.max(0, deadline - clock.now()), exited.signal);
  if (!exited.signal.aborted) process.kill();
  return fault;
}

type Hook = NonNullable<NonNullable<Container["lifecycle"]>["preStop"]>;

/** Runs a postStart or preStop hook; a failed one is told by a text. */
export async function runHook(
  target: ProbeTarget,
  hook: Hook,
  clock: Clock,
  limitMs: number,
): Promise<ProbeResult> {
  if (hook.sleep) {
    await wait(clock, Math.min(limitMs, hook.sleep.seconds * 1000));
    return undefined;
  }
  if (hook.httpGet) return attemptHttp(target, hook.httpGet, limitMs);
  if (hook.exec) return attemptProbe(target, { exec: hook.exec, timeoutSeconds: limitMs / 1000 });
  return undefined;
}
