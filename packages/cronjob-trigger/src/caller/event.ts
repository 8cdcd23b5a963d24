import { cloudEventHeaders, DEADLINE_HEADER, eventHeaders } from "@kubeless/api-types";

export interface CronEvent {
  readonly job: string;
  readonly eventNamespace: string;
  readonly source: string;
  readonly type: string;
  readonly timeoutSeconds: number;
}

/**
 * The headers of one call. The id is the Job's name, which is the same for all retries of one tick; the time is the tick's,
 * which Kubernetes writes into that name in minutes since the epoch. A Job made by hand has no tick: its time is now.
 */
export function toHeaders(event: CronEvent, now: Date): Record<string, string> {
  const tick = tickOf(event.job) ?? now;
  return {
    "content-type": "application/json",
    [eventHeaders.id]: event.job,
    [eventHeaders.type]: "application/json",
    [eventHeaders.time]: toDateTime(tick),
    [eventHeaders.namespace]: event.eventNamespace,
    [cloudEventHeaders.specVersion]: "1.0",
    [cloudEventHeaders.id]: event.job,
    [cloudEventHeaders.type]: event.type,
    [cloudEventHeaders.source]: event.source,
    [cloudEventHeaders.time]: tick.toISOString(),
    [DEADLINE_HEADER]: new Date(now.getTime() + event.timeoutSeconds * 1000).toISOString(),
  };
}

const minuteMs = 60_000;

function tickOf(job: string): Date | undefined {
  const minutes = /-(\d{8,})$/.exec(job)?.[1];
  return minutes === undefined ? undefined : new Date(Number(minutes) * minuteMs);
}

/** As `date --rfc-3339=seconds --utc` prints it, which is what Kubeless sent: `2026-01-31 09:15:00+00:00`. */
function toDateTime(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace("T", " ")}+00:00`;
}
