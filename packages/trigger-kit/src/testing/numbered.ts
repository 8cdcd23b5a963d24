import type { BrokerMessage } from "../admin/broker-admin.ts";
import type { ServedFunction } from "./serve-function.ts";

/** So many events, the number of each as its text and its key. */
export function numbered(from: number, count: number): readonly BrokerMessage[] {
  return Array.from({ length: count }, (_, index) => {
    const text = Buffer.from(String(from + index));
    return { key: text, headers: {}, body: text };
  });
}

/** The numbers a function was called with, in the order of its calls. */
export function numbersOf({ calls }: ServedFunction): number[] {
  return calls.map(({ text }) => Number(text));
}
