import { Cron } from "croner";

/** When a CronJob is due. Times are milliseconds since the epoch. */
export interface Schedule {
  /** The last time at or before `now` and after `since`; undefined when there is none. */
  lastDue(since: number, now: number): number | undefined;
  /** The first time after `now`; `since` is what `@every` counts from. Undefined when there is none ever. */
  nextDue(since: number, now: number): number | undefined;
}

/**
 * Parses what the API has accepted as `spec.schedule`: five fields, a macro or `@every <duration>`. Throws when it is
 * none, or the zone is unknown.
 */
export function parseSchedule(text: string, timeZone: string | undefined): Schedule {
  const every = /^@every\s+(.*)$/.exec(text.trim());
  return every === null ? calendar(text, timeZone ?? "Etc/UTC") : interval(parseDuration(every[1] ?? ""));
}

function interval(everyMs: number): Schedule {
  return {
    lastDue(since, now) {
      const count = Math.floor((now - since) / everyMs);
      return count > 0 ? since + count * everyMs : undefined;
    },
    nextDue: (since, now) => since + (Math.max(0, Math.floor((now - since) / everyMs)) + 1) * everyMs,
  };
}

/** How many values each of the five fields has. */
const sizes = [60, 24, 31, 12, 7];

/** Kubernetes reads `5/15` as `5-59/15`, and lets what falls into a skipped hour be. */
function calendar(text: string, timezone: string): Schedule {
  const cron = new Cron(text.trim().split(/\s+/).map(toField).join(" "), {
    paused: true,
    timezone,
    mode: "5-part",
    sloppyRanges: true,
  });
  const dates = (next: (from: Date) => Date | null | undefined, from: number) => {
    let date = next(new Date(from));
    while (date && !cron.match(date)) date = next(date);
    return date?.getTime();
  };
  return {
    lastDue(since, now) {
      const due = dates((from) => cron.previousRuns(1, from)[0], Math.floor(now / 1000) * 1000 + 1000);
      return due !== undefined && due > since ? due : undefined;
    },
    nextDue: (_since, now) => dates((from) => cron.nextRun(from), now),
  };
}

/**
 * Kubernetes reads `?` as `*`; takes a list with `*` or its step of one for no restriction, which decides how the two
 * fields of days go together; and takes steps beyond a field's end.
 */
function toField(text: string, index: number): string {
  if (text.split(",").some((part) => /^[*?](\/0*1)?$/.test(part))) return "*";
  return text
    .replaceAll("?", "*")
    .replaceAll(/\/(\d+)/g, (_, step) => `/${Math.min(Number(step), sizes[index] ?? 1)}`);
}

const unitsMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Go's duration, such as `1h30m`, in whole seconds and at least one. */
function parseDuration(text: string): number {
  if (!/^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.test(text))
    throw new Error(`failed to parse duration @every ${text}`);
  const parts = text.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g);
  const totalMs = [...parts].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (unitsMs[unit ?? ""] ?? 0),
    0,
  );
  return Math.max(1000, Math.floor(totalMs / 1000) * 1000);
}
