/** One field of a message: its number, and its value as bytes or, for a varint, as a number. */
export interface Field {
  readonly number: number;
  readonly value: Uint8Array | number;
}

const VARINT = 0;
const BYTES = 2;

/**
 * Reads the fields of a message in the order they stand (https://protobuf.dev/programming-guides/encoding/). Throws when
 * they end too early, or where a field is neither a varint nor length-delimited.
 */
export function* readFields(message: Uint8Array): Generator<Field, void> {
  let at = 0;

  const readVarint = (): number => {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 49; factor *= 128) {
      const byte = message[at];
      if (byte === undefined) throw new Error("The message ends within a number.");
      at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new Error("A number of the message is too large.");
  };

  while (at < message.byteLength) {
    const tag = readVarint();
    const number = Math.floor(tag / 8);
    const type = tag % 8;
    if (type === VARINT) yield { number, value: readVarint() };
    else if (type === BYTES) {
      const length = readVarint();
      if (length > message.byteLength - at) throw new Error("The message ends within a field.");
      yield { number, value: message.subarray(at, at + length) };
      at += length;
    } else throw new Error(`The message has a field of wire type ${type}.`);
  }
}

/** A message of these fields, in this order. */
export function writeFields(fields: readonly Field[]): Uint8Array {
  return Buffer.concat(
    fields.flatMap(({ number, value }) =>
      typeof value === "number"
        ? [writeVarint(number * 8 + VARINT), writeVarint(value)]
        : [writeVarint(number * 8 + BYTES), writeVarint(value.byteLength), value],
    ),
  );
}

function writeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.from([...bytes, rest]);
}
