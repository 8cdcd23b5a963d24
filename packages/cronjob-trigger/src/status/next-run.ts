import { Cron } from "croner";

/** How many values each of the five fields has. */
const sizes = [60, 24, 31, 12, 7];

/**
 * When the schedule is due next after `after`; undefined where that is not a matter of the calendar (`@every`, which
 * counts from the CronJob's last run) and where it never is. What falls into a skipped hour is let be, as by Kubernetes.
 */
export function nextRun(schedule: string, timeZone: string | undefined, after: Date): Date | undefined {
  if (schedule.startsWith("@every")) return undefined;
  const timezone = timeZone || "Etc/UTC";
  const cron = new Cron(toCroner(schedule), { paused: true, timezone, mode: "5-part", sloppyRanges: true });
  let date = cron.nextRun(after);
  while (date !== null && !cron.match(date)) date = cron.nextRun(date);
  return date ?? undefined;
}

/**
 * Kubernetes reads `?` as `*`, which is the time of now to croner; takes a list with `*` or its step of one for no
 * restriction, which decides how the two fields of days go together; and takes steps beyond a field's end.
 */
function toCroner(schedule: string): string {
  const toField = (text: string, index: number) =>
    text.split(",").some((part) => /^[*?](\/0*1)?$/.test(part))
      ? "*"
      : text
          .replaceAll("?", "*")
          .replaceAll(/\/(\d+)/g, (_, step) => `/${Math.min(Number(step), sizes[index] ?? 1)}`);
  return schedule.trim().split(/\s+/).map(toField).join(" ");
}
