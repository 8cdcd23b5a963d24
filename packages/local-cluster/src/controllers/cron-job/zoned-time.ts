/** RFC 3339 in the time of a zone: `2026-11-24T15:12:00+01:00`; in UTC with a `Z`. */
export function formatInZone(epochMs: number, timeZone: string | undefined): string {
  const offset = offsetOf(epochMs, timeZone);
  return `${local(epochMs, offset).toISOString().slice(0, 19)}${offset === 0 ? "Z" : sign(offset)}`;
}

function local(epochMs: number, offsetMinutes: number): Date {
  return new Date(epochMs + offsetMinutes * 60_000);
}

function sign(offsetMinutes: number): string {
  const size = Math.abs(offsetMinutes);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${offsetMinutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function offsetOf(epochMs: number, timeZone = "Etc/UTC"): number {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  const name = format.formatToParts(epochMs).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const parts = /GMT([+-])(\d{2}):(\d{2})/.exec(name);
  if (parts === null) return 0;
  return (parts[1] === "-" ? -1 : 1) * (Number(parts[2]) * 60 + Number(parts[3]));
}
