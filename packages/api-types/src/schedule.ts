/** What is wrong with a schedule, as one sentence that names the field. */
export type ScheduleFault = string;

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: Readonly<Record<string, number>>;
}

const words = (from: number, text: string) =>
  Object.fromEntries(text.split(" ").map((word, index) => [word, from + index]));

/** Bounds of the five fields, as Kubernetes' parser has them: Sunday is 0 and never 7. */
const fields: readonly Field[] = [
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day of the month", min: 1, max: 31 },
  { name: "month", min: 1, max: 12, names: words(1, "jan feb mar apr may jun jul aug sep oct nov dec") },
  { name: "day of the week", min: 0, max: 6, names: words(0, "sun mon tue wed thu fri sat") },
];

const macros = new Set(["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"]);
const everyPattern =
  /^@every (?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h)(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))*$/;

/**
 * Checks a schedule as Kubernetes checks a CronJob's (`ParseStandard` of robfig/cron: five fields or a macro; ranges,
 * lists, steps, names of months and days). Undefined when it is one.
 */
export function checkSchedule(schedule: string): ScheduleFault | undefined {
  if (schedule.startsWith("@")) {
    return macros.has(schedule) || everyPattern.test(schedule)
      ? undefined
      : `${schedule} is not one of ${[...macros].join(", ")}, @every <duration>.`;
  }
  const parts = schedule.trim().split(/\s+/);
  if (parts.length !== fields.length)
    return `A schedule has five fields (minute, hour, day of the month, month, day of the week); "${schedule}" has ${parts.length}.`;
  return fields
    .map((field, index) => checkField(field, parts[index] ?? ""))
    .find((fault) => fault !== undefined);
}

/**
 * Checks a time zone's name against those that this Node knows, which are those of the IANA database. Case counts, as for
 * Kubernetes, which looks for a file of that name.
 */
export function checkTimeZone(timeZone: string): ScheduleFault | undefined {
  try {
    const known = new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone;
    if (known === timeZone || known.toLowerCase() !== timeZone.toLowerCase()) return undefined;
    return `${timeZone} is not a time zone of the IANA database, but ${known} is: upper and lower case count.`;
  } catch {
    return `${timeZone} is not a time zone of the IANA database, such as Europe/Berlin or Etc/UTC.`;
  }
}

function checkField(field: Field, text: string): ScheduleFault | undefined {
  return text
    .split(",")
    .map((part) => checkPart(field, part))
    .find((fault) => fault !== undefined);
}

function checkPart(field: Field, part: string): ScheduleFault | undefined {
  const [range = "", step, ...more] = part.split("/");
  const says = (what: string) => `The ${field.name} "${part}" ${what}.`;
  if (more.length > 0) return says("has more than one /");
  if (step !== undefined && !/^[0-9]+$/.test(step)) return says("has a step that is no number");
  if (step !== undefined && Number(step) === 0) return says("has a step of 0");
  if (range === "*" || range === "?") return undefined;
  const ends = range.split("-");
  if (ends.length > 2) return says("has more than one -");
  const numbers = ends.map((end) => toNumber(field, end));
  if (numbers.some((number) => number === undefined))
    return says(
      `is neither a number from ${field.min} to ${field.max}${field.names === undefined ? "" : " nor a name"} nor *`,
    );
  const [first = field.min, last = first] = numbers as number[];
  if (first < field.min || last > field.max) return says(`is outside of ${field.min} to ${field.max}`);
  return first > last ? says("ends before it begins") : undefined;
}

function toNumber(field: Field, text: string): number | undefined {
  const named = field.names?.[text.toLowerCase()];
  if (named !== undefined) return named;
  return /^[0-9]+$/.test(text) ? Number(text) : undefined;
}
