/** The few forms of ASN.1's distinguished encoding (X.690) that a certificate needs. */
export const der = {
  sequence: (...parts: readonly Buffer[]) => tagged(0x30, ...parts),
  set: (...parts: readonly Buffer[]) => tagged(0x31, ...parts),
  /** An unsigned number, big end first. */
  integer: (bytes: Buffer) =>
    tagged(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.of(0), bytes])),
  boolean: (value: boolean) => tagged(0x01, Buffer.of(value ? 0xff : 0)),
  octets: (content: Buffer) => tagged(0x04, content),
  bits: (content: Buffer, unused = 0) => tagged(0x03, Buffer.of(unused), content),
  text: (value: string) => tagged(0x0c, Buffer.from(value)),
  /** The form of a time depends on its century: from 2050 on, years have four digits. */
  time(value: Date) {
    const digits = value.toISOString().replace(/[-:T]|\.\d+/g, "");
    return value.getUTCFullYear() < 2050
      ? tagged(0x17, Buffer.from(digits.slice(2)))
      : tagged(0x18, Buffer.from(digits));
  },
  object(dotted: string) {
    const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
    return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(inSevens)]));
  },
  /** A part known by its number: with parts of its own, or plain. */
  part: (number: number, ...parts: readonly Buffer[]) => tagged(0xa0 + number, ...parts),
  plain: (number: number, content: Buffer) => tagged(0x80 + number, content),
} as const;

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  return length < 0x100 ? Buffer.of(0x81, length) : Buffer.of(0x82, length >> 8, length & 0xff);
}

/** Seven bits a byte, all but the last marked. */
function inSevens(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}
