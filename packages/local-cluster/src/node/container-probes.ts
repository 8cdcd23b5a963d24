import type { Clock } from "../api/cluster-api.ts";
import { attemptProbe, type ProbeKind, type ProbeTarget, runProbe } from "./probes.ts";

/** What a container's probes lead to. */
export interface ProbeOutcomes {
  started(): void;
  ready(ready: boolean): void;
  failed(kind: ProbeKind, message: string): void;
  /** With the probe's own grace period, where it names one. */
  mustRestart(kind: ProbeKind, graceSeconds: number | undefined): void;
}

/** The startup probe alone, until it passes; then readiness and liveness, until the signal is aborted. */
export function startProbes(
  target: ProbeTarget,
  clock: Clock,
  signal: AbortSignal,
  outcomes: ProbeOutcomes,
): void {
  const { startupProbe, readinessProbe, livenessProbe } = target.container;
  const begin = () => {
    outcomes.started();
    start("Readiness", readinessProbe, signal, (isGood) => outcomes.ready(isGood));
    start("Liveness", livenessProbe, signal, (isGood) => {
      if (!isGood) outcomes.mustRestart("Liveness", livenessProbe?.terminationGracePeriodSeconds);
    });
  };
  const start = (
    kind: ProbeKind,
    probe: typeof startupProbe,
    until: AbortSignal,
    onVerdict: (isGood: boolean) => void,
  ) => {
    if (probe === undefined) return;
    const attempt = () => attemptProbe(target, probe);
    const onFailure = (message: string) => outcomes.failed(kind, message);
    void runProbe({ clock, kind, probe, signal: until, attempt, onVerdict, onFailure });
  };
  if (startupProbe === undefined) {
    begin();
    return;
  }
  const starting = new AbortController();
  start("Startup", startupProbe, AbortSignal.any([signal, starting.signal]), (isGood) => {
    starting.abort();
    if (isGood) begin();
    else outcomes.mustRestart("Startup", startupProbe.terminationGracePeriodSeconds);
  });
}
