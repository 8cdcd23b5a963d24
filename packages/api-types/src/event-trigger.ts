import { MAX_EVENT_TRIGGER_NAME_LENGTH } from "./naming-rules.ts";
import type { Column } from "./resource.ts";
import type { Rule } from "./rule.ts";

/** What every trigger that reads a broker has in common beside delivery and status. */
export const eventTriggerNameRules: readonly Rule[] = [
  {
    rule: `size(self.metadata.name) <= ${MAX_EVENT_TRIGGER_NAME_LENGTH}`,
    fieldPath: ".metadata.name",
    message: `write at most ${MAX_EVENT_TRIGGER_NAME_LENGTH} characters: the trigger's Leases carry it as a label`,
  },
];

export const lagColumn: Column = { name: "Lag", jsonPath: ".status.bindings[*].lag", priority: 1 };

const port = "(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})";
const host = "([A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?|\\\\[[0-9A-Fa-f:.]+\\\\])";

/** `host:port`, as regular expression text inside a CEL string. */
export const hostAndPort = `${host}:${port}`;

/** `host` or `host:port`. */
export const hostMaybePort = `${host}(:${port})?`;
