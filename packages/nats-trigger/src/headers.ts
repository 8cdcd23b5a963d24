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
