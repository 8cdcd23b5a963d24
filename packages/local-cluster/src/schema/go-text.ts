/** Where a text stops being base64 as Go reads it, which takes line breaks and no other spaces. */
export function base64Problem(text: string): string | undefined {
  const bytes = Buffer.from(text);
  const isBreak = (byte: number | undefined) => byte === 10 || byte === 13;
  const digits: number[] = [];
  for (const [at, byte] of bytes.entries()) if (!isBreak(byte)) digits.push(at);
  const signAt = (index: number) => String.fromCharCode(bytes[digits[index] ?? 0] ?? 0);
  const illegal = (at: number) => `illegal base64 data at input byte ${at}`;
  for (let index = 0; index < digits.length; index += 1) {
    const sign = signAt(index);
    if (/[A-Za-z0-9+/]/.test(sign)) continue;
    const inGroup = index % 4;
    if (sign !== "=" || inGroup < 2) return illegal(digits[index] ?? 0);
    if (inGroup === 2 && index + 1 >= digits.length) return illegal(bytes.length);
    if (inGroup === 2 && signAt(index + 1) !== "=") return illegal(digits[index + 1] ?? 0);
    const end = index + (inGroup === 2 ? 2 : 1);
    return end < digits.length ? illegal(digits[end] ?? 0) : undefined;
  }
  return digits.length % 4 === 0 ? undefined : illegal(digits[digits.length - (digits.length % 4)] ?? 0);
}

/** The parts of a time, what Go's layout calls each, and what it takes. */
const timeParts: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["2006", /^\d{4}/],
  ["-", /^-/],
  ["01", /^\d\d/],
  ["-", /^-/],
  ["02", /^\d\d/],
  ["T", /^T/],
  ["15", /^\d\d/],
  [":", /^:/],
  ["04", /^\d\d/],
  [":", /^:/],
  ["05", /^\d\d/],
];

/** What Go says of a text that is no time: those with microseconds have exactly six digits of them. */
export function timeProblem(text: string, isMicro: boolean): string | undefined {
  const layout = isMicro ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00";
  const failed = (rest: string, part: string) =>
    `parsing time ${JSON.stringify(text)} as "${layout}": cannot parse ${JSON.stringify(rest)} as "${part}"`;
  let rest = text;
  const tail = isMicro ? ([".000000", /^\.\d{6}(?!\d)/] as const) : (["", /^(?:[.,]\d+)?/] as const);
  for (const [part, pattern] of [...timeParts, tail, ["Z07:00", /^(?:Z|[+-]\d\d:\d\d)/] as const]) {
    const found = pattern.exec(rest);
    if (found === null) return failed(rest, part);
    rest = rest.slice(found[0].length);
  }
  if (rest !== "") return `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}`;
  return Number.isNaN(Date.parse(text)) ? `parsing time ${JSON.stringify(text)}: out of range` : undefined;
}
