import type { Fault } from "../../errors.ts";
import { required, wrong } from "../../pipeline/metadata.ts";

interface Field {
  readonly least: number;
  readonly most: number;
  /** Three letters each, from the least on. */
  readonly names?: string;
}

const fields: readonly Field[] = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  { least: 1, most: 12, names: "janfebmaraprmayjunjulaugsepoctnovdec" },
  { least: 0, most: 6, names: "sunmontuewedthufrisat" },
];

const wholes = /^@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)$/;
const every = /^@every\s+(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/;

/** What is wrong with a cron schedule, in the words of upstream's parser. */
export function scheduleFaults(text: string): Fault[] {
  if (text === "") return [required("spec.schedule")];
  if (/^(CRON_)?TZ=/.test(text))
    return [wrong("spec.schedule", text, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead")];
  if (wholes.test(text) || every.test(text)) return [];
  const words = text.trim().split(/\s+/);
  const problem =
    words.length === fields.length
      ? words.map((word, index) => fieldProblem(word, fields[index])).find((found) => found !== undefined)
      : `expected exactly 5 fields, found ${words.length}: [${text}]`;
  return problem === undefined ? [] : [wrong("spec.schedule", text, problem)];
}

function fieldProblem(text: string, field: Field | undefined): string | undefined {
  if (field === undefined) return undefined;
  return text
    .split(",")
    .filter((part) => part !== "")
    .map((part) => rangeProblem(part, field))
    .find((found) => found !== undefined);
}

function rangeProblem(text: string, field: Field): string | undefined {
  const [range = "", step, ...more] = text.split("/");
  if (more.length > 0) return `too many slashes: ${text}`;
  if (step !== undefined && !/^\d+$/.test(step)) return noNumber(step);
  const [first = "", last, ...rest] = range.split("-");
  if (rest.length > 0) return `too many hyphens: ${text}`;
  if (first !== "*" && first !== "?") {
    const [start, end] = [numberOf(first, field), numberOf(last ?? first, field)];
    if (start === undefined) return noNumber(first);
    if (end === undefined) return noNumber(last ?? first);
    const stop = last === undefined && step !== undefined ? field.most : end;
    if (start < field.least) return `beginning of range (${start}) below minimum (${field.least}): ${text}`;
    if (stop > field.most) return `end of range (${stop}) above maximum (${field.most}): ${text}`;
    if (start > stop) return `beginning of range (${start}) beyond end of range (${stop}): ${text}`;
  }
  return step !== undefined && Number(step) === 0
    ? `step of range should be a positive number: ${text}`
    : undefined;
}

function numberOf(text: string, { least, names }: Field): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const at = text.length === 3 ? (names?.indexOf(text.toLowerCase()) ?? -1) : -1;
  return at < 0 || at % 3 !== 0 ? undefined : at / 3 + least;
}

function noNumber(text: string): string {
  return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
}
