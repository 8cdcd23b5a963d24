import type { Clock } from "../api/cluster-api.ts";
import type { Container } from "./pod.ts";
import { attemptHttp, attemptProbe, type ProbeResult, type ProbeTarget } from "./probes.ts";
import { wait } from "./wait.ts";

type Hook = NonNullable<NonNullable<Container["lifecycle"]>["preStop"]>;

/** Runs a postStart or preStop hook; a failed one is told by a text. Ends early when the signal is aborted. */
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
