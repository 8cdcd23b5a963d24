import { z } from "zod";
import { optionalText, requiredText, wholeNumber } from "./fields.ts";
import { withRules } from "./rule.ts";

export const orderings = ["none", "key", "partition"] as const;
export type Ordering = (typeof orderings)[number];

export const guarantees = ["atMostOnce", "atLeastOnce"] as const;
export type Guarantee = (typeof guarantees)[number];

/**
 * How events reach the function. The defaults are filled in by the parser, never by the API server: `timeoutSeconds`
 * absent means the function's timeout + 5.
 */
export function deliverySchema<DeadLetter extends z.ZodType>(
  defaultOrdering: Ordering,
  orderingNote: string,
  deadLetter: DeadLetter,
) {
  const schema = z.object({
    guarantee: z.enum(guarantees).default("atMostOnce").meta({
      description:
        "atMostOnce (default): the position is committed before the call, and a failed call is counted, never repeated. atLeastOnce: it is committed after success; failures are retried, then dead-lettered.",
    }),
    maxInFlight: wholeNumber(
      "How many events one replica has under way per function. Default 32.",
      1,
      10_000,
    ).default(32),
    timeoutSeconds: wholeNumber(
      "Seconds a call may take. Default: the function's timeout + 5.",
      1,
      86_400,
    ).optional(),
    ordering: z
      .enum(orderings)
      .default(defaultOrdering)
      .meta({
        description: `What order is kept within: none, key or partition. ${orderingNote}`,
      }),
    retry: retrySchema.prefault({}),
    deadLetter: deadLetter.optional(),
    batch: batchSchema.optional(),
  });
  return withRules(
    schema.meta({
      description: "How events reach the function, and what happens when it does not take them.",
    }),
    {
      rule: "!has(self.retry) || (has(self.guarantee) && self.guarantee == 'atLeastOnce')",
      message: "add guarantee: atLeastOnce, or remove retry: at most once nothing is retried",
      fieldPath: ".retry",
    },
    {
      rule: "!has(self.deadLetter) || (has(self.guarantee) && self.guarantee == 'atLeastOnce')",
      message: "add guarantee: atLeastOnce, or remove deadLetter: at most once there are no dead letters",
      fieldPath: ".deadLetter",
    },
  ).prefault({});
}

const retrySchema = withRules(
  z
    .object({
      maxAttempts: wholeNumber(
        "Calls made for one event, the first one included. Default 5.",
        1,
        10_000,
      ).default(5),
      minBackoffMs: wholeNumber("Milliseconds before the second call. Default 500.", 1, 86_400_000).default(
        500,
      ),
      maxBackoffMs: wholeNumber(
        "Milliseconds that the pause between calls grows to. Default 30000.",
        1,
        86_400_000,
      ).default(30_000),
      maxAgeSeconds: wholeNumber(
        "Seconds after its first call when an event is given up. Default 86400 (a day).",
        1,
        31_536_000,
      ).default(86_400),
    })
    .meta({ description: "How often and how long an event is tried; with atLeastOnce only." }),
  {
    rule: "(has(self.minBackoffMs) ? self.minBackoffMs : 500) <= (has(self.maxBackoffMs) ? self.maxBackoffMs : 30000)",
    message: "write a maxBackoffMs (default 30000) that is at least minBackoffMs (default 500)",
    fieldPath: ".maxBackoffMs",
  },
);

const batchSchema = z
  .object({
    maxSize: wholeNumber("Events in one call at most, and never more than maxInFlight.", 1, 10_000).default(
      100,
    ),
    maxWaitMs: wholeNumber("Milliseconds to wait for a batch to fill. Default 1000.", 0, 300_000).default(
      1_000,
    ),
  })
  .meta({ description: "Several events in one call: a JSON array of CloudEvents, an array as event.data." });

/** Which events reach the function: a CEL expression over `headers`, `key` and `data`. */
export const filterSchema = optionalText(
  "CEL expression over headers, key and data; an event for which it is false is skipped.",
  {
    maxLength: 4096,
    examples: ["data.total > 100", "headers['event-type'] == 'application/json'"],
    rules: [
      { rule: "size(self) > 0", message: "write a CEL expression, e.g. data.total > 100, or remove filter" },
    ],
  },
);

export type Delivery = z.output<ReturnType<typeof deliverySchema>>;
export type Retry = Delivery["retry"];
export type Batch = z.output<typeof batchSchema>;

const instant =
  "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";

/** Where reading begins when nothing was committed yet: a word of the source's (`standard` unless said), or an RFC 3339 time. */
export function startPositionSchema(words: readonly string[], standard: string, description: string) {
  const quoted = words.map((word) => `'${word}'`).join(", ");
  return optionalText(description, {
    maxLength: 64,
    examples: [...words, "2026-01-31T12:00:00Z"],
    rules: [
      {
        rule: `self in [${quoted}] || self.matches('^${instant}$')`,
        message: `write ${words.join(", ")} or an RFC 3339 time such as 2026-01-31T12:00:00Z`,
      },
    ],
  }).default(standard);
}

/** An RFC 3339 time. */
export function instantSchema(description: string) {
  return optionalText(description, {
    maxLength: 64,
    examples: ["2026-01-31T12:00:00Z"],
    rules: [
      {
        rule: `self.matches('^${instant}$')`,
        message: "write an RFC 3339 time such as 2026-01-31T12:00:00Z",
      },
    ],
  });
}

/** TLS of a connection, with a Secret that holds the keys Kubernetes has for it. */
export const tlsSchema = z
  .object({
    secretName: requiredText("Secret with ca.crt, and for client certificates tls.crt and tls.key.", {
      maxLength: 253,
    }).optional(),
    insecureSkipVerify: z
      .boolean()
      .default(false)
      .meta({ description: "Do not verify the server's certificate: for tests only." }),
  })
  .meta({ description: "Speak TLS to the broker." });
