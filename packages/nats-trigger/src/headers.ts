import type { Headers } from "@kubeless/trigger-kit";
import { headers as createHeaders, type MsgHdrs } from "nats";

/** A message's headers as the kit has them: names in lower case, several values joined by a comma. */
export function toHeaders(given: MsgHdrs | undefined): Headers {
  if (given === undefined) return {};
  const joined = new Map<string, string>();
  for (const [name, values] of given) {
    const key = name.toLowerCase();
    const before = joined.get(key);
    joined.set(key, [...(before === undefined ? [] : [before]), ...values].join(","));
  }
  return Object.fromEntries(joined);
}

/** Those of `wanted`, written as `original` has them: names in their case, values that came apart. */
export function restoreHeaders(original: MsgHdrs | undefined, wanted: Headers): MsgHdrs {
  const restored = createHeaders();
  const known = new Set<string>();
  for (const [name, values] of original ?? []) {
    const lower = name.toLowerCase();
    if (lower.startsWith("nats-") || !(lower in wanted)) continue;
    known.add(lower);
    for (const value of values) restored.append(name, value);
  }
  for (const [name, value] of Object.entries(wanted))
    if (!known.has(name) && !name.startsWith("nats-")) restored.set(name, value);
  return restored;
}

/**
 * The headers of a copy: the original's as they were, and `more` beside them. Those that tell a stream what to do with a
 * message (`Nats-…`: expected sequence, roll-up, lifetime) are left out; they were meant for the original's stream.
 */
export function copyHeaders(original: MsgHdrs | undefined, more: Headers): MsgHdrs {
  const copy = createHeaders();
  for (const [name, values] of original ?? [])
    if (!name.toLowerCase().startsWith("nats-")) for (const value of values) copy.append(name, value);
  for (const [name, value] of Object.entries(more)) copy.set(name, value);
  return copy;
}
