import { z } from "zod";
import { plainText, textMap } from "./fields.ts";
import { withRules } from "./rule.ts";

const keyPattern = "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$";
const valuePattern = "^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$";

const labelValue = plainText({ maxLength: 63 });

const requirement = withRules(
  z
    .object({
      key: withRules(plainText({ maxLength: 317 }).meta({ description: "The label's key." }), {
        rule: `self.matches('${keyPattern}')`,
        message: "write a label's key, e.g. team or example.com/team",
      }),
      operator: z
        .enum(["In", "NotIn", "Exists", "DoesNotExist"])
        .meta({ description: "How the label's value relates to values: In, NotIn, Exists or DoesNotExist." }),
      values: z
        .array(labelValue)
        .max(64)
        .nullish()
        .transform((values) => values ?? [])
        .meta({ description: "The values; only with In and NotIn." }),
    })
    .meta({ description: "One thing a function's labels must fulfil." }),
  {
    rule: "!(self.operator in ['In', 'NotIn']) || (has(self.values) && size(self.values) > 0)",
    message: "write at least one of values with In and NotIn",
    fieldPath: ".values",
  },
  {
    rule: "self.operator in ['In', 'NotIn'] || !has(self.values) || size(self.values) == 0",
    message: "remove values: Exists and DoesNotExist have none",
    fieldPath: ".values",
  },
);

/** Which Functions of the trigger's namespace get the events: a Kubernetes label selector that selects by something. */
export const functionSelectorSchema = withRules(
  z
    .object({
      matchLabels: withRules(
        textMap({ maxLength: 63, maxProperties: 64 }),
        {
          rule: `self.all(key, key.matches('${keyPattern}'))`,
          message: "write labels' keys, e.g. function or example.com/team",
        },
        {
          rule: `self.all(key, self[key].matches('${valuePattern}'))`,
          message: "write labels' values: at most 63 letters, digits, -, _ and ., e.g. orders",
        },
      )
        .nullish()
        .transform((labels) => labels ?? {})
        .meta({ description: "Labels that a function must have." }),
      matchExpressions: z
        .array(requirement)
        .max(64)
        .nullish()
        .transform((requirements) => requirements ?? [])
        .meta({ description: "More that a function's labels must fulfil; all of it." }),
    })
    .meta({
      description: "Selects the Functions of the same namespace that get the events, by their labels.",
    }),
  {
    rule: "(has(self.matchLabels) && size(self.matchLabels) > 0) || (has(self.matchExpressions) && size(self.matchExpressions) > 0)",
    message:
      "select by something, e.g. matchLabels: {function: hello}; an empty selector would call every function of the namespace",
  },
);

export type FunctionSelector = z.output<typeof functionSelectorSchema>;
