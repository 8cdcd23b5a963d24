import type { Rule } from "./rule.ts";

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain = `${label}(\\\\.${label})*`;

/** RFC 1035 label, as Services need: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
export const FUNCTION_NAME_PATTERN = "^[a-z]([-a-z0-9]*[a-z0-9])?$";

/** A function's name becomes its Service's: 63 characters. */
export const MAX_FUNCTION_NAME_LENGTH = 63;

/** A CronJob's name has 52 characters, and that of a trigger's is `trigger-<trigger>`. */
export const MAX_CRON_TRIGGER_NAME_LENGTH = 52 - "trigger-".length;

/** Leases carry a trigger's name as a label: 63 characters. */
export const MAX_EVENT_TRIGGER_NAME_LENGTH = 63;

/** The name of a Function, in a field that must hold one. */
export function functionNameRules(maxLength = MAX_FUNCTION_NAME_LENGTH): readonly Rule[] {
  return [
    {
      rule: `self.matches('${FUNCTION_NAME_PATTERN}')`,
      message:
        "write the name of a Function: lower-case letters, digits and -, beginning with a letter, e.g. hello",
    },
    {
      rule: `size(self) <= ${maxLength}`,
      message: `write a name of at most ${maxLength} characters: what is made for it is named after it`,
    },
  ];
}

/** The name of a Secret, Ingress class, … , or nothing. */
export function objectNameRule(what: string): Rule {
  return {
    rule: `self == '' || (size(self) <= 253 && self.matches('^${subdomain}$'))`,
    message: `write the name of ${what}: lower-case letters, digits, - and ., at most 253 characters`,
  };
}

/** A host an Ingress can have (a `*.` in front is allowed), or nothing. */
export const hostRule: Rule = {
  rule: `self == '' || (size(self) <= 253 && self.matches('^(\\\\*\\\\.)?${subdomain}$'))`,
  message: "write a host name without scheme, port or path, in lower case, e.g. hello.example.com",
};

/** The API server refuses an Ingress whose host is an address. */
export const hostIsNoAddressRule: Rule = {
  rule: "!self.matches('^[0-9]+([.][0-9]+){3}$')",
  message: "write a host name instead of an IP address, e.g. hello.example.com",
};

/** Every kind's name: RFC 1123 subdomain; the API server checks it before any rule of ours. */
export const SUBDOMAIN_PATTERN = new RegExp(`^${subdomain.replaceAll("\\\\", "\\")}$`);
