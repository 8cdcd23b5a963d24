import { Cron } from "croner";

/**
 * When the schedule is due next after `after`; undefined where that is not a matter of the calendar (`@every`, which
 * counts from the CronJob's last run) and where it never is.
 */
export function nextRun(schedule: string, timeZone: string | undefined, after: Date): Date | undefined {
  if (schedule.startsWith("@every")) return undefined;
  const cron = new Cron(withoutQuestionMarks(schedule), { paused: true, timezone: timeZone ?? "Etc/UTC" });
  return cron.nextRun(after) ?? undefined;
}

/** Kubernetes reads `?` as `*`; croner reads it as the time of now. */
function withoutQuestionMarks(schedule: string): string {
  return schedule.replaceAll("?", "*");
}
