import { deadLetterHeaders } from "@kubeless/api-types";
import type { BrokerMessage, DeadLetter } from "./broker-admin.ts";

const causes: ReadonlySet<string> = new Set(Object.values(deadLetterHeaders));

/**
 * The record that a dead letter was made of: its bytes, key and headers, without those that say why it is dead. What
 * stays is for whom it is: the other functions that the topic's events go to have had it (see `isForAnother`).
 */
export function toRedriven({ key, headers, body }: DeadLetter): BrokerMessage {
  const own = Object.entries(headers).filter(([name]) => !causes.has(name));
  const { [deadLetterHeaders.trigger]: trigger, [deadLetterHeaders.function]: target } = headers;
  const address =
    trigger === undefined || target === undefined ? {} : { [REDRIVE_HEADER]: `${trigger}/${target}` };
  return { key, headers: { ...Object.fromEntries(own), ...address }, body };
}

/** On a redriven record: `namespace/trigger/function`, the binding it is for. */
export const REDRIVE_HEADER = "kubeless-redrive-for";

/** Whether a record is a redriven one of another binding: this one has had it, so it is passed over. */
export function isForAnother(
  headers: Readonly<Record<string, string>>,
  binding: { readonly namespace: string; readonly trigger: string; readonly function: string },
): boolean {
  const wanted = headers[REDRIVE_HEADER];
  return wanted !== undefined && wanted !== `${binding.namespace}/${binding.trigger}/${binding.function}`;
}
