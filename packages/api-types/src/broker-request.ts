import { z } from "zod";

const bytes = z.base64();
const target = z.string().min(1).max(1024);

const message = z.object({
  key: bytes.optional(),
  headers: z.record(z.string(), z.string()).default({}),
  body: bytes,
});

const operation = z.discriminatedUnion("do", [
  /** Sends messages to a topic, subject or stream. */
  z.object({ do: z.literal("publish"), target, messages: z.array(message).min(1) }),
  z.object({ do: z.literal("listTopics") }),
  z.object({ do: z.literal("createTopic"), target, partitions: z.int().min(1).default(1) }),
  z.object({ do: z.literal("deleteTopic"), target }),
  z.object({ do: z.literal("listDeadLetters"), limit: z.int().min(1).default(100) }),
  z.object({ do: z.literal("showDeadLetter"), id: z.string() }),
  /** Those named, or without any named all that were not redriven yet. */
  z.object({ do: z.literal("redriveDeadLetters"), ids: z.array(z.string()).default([]) }),
  z.object({ do: z.literal("purgeDeadLetters") }),
]);

/**
 * What a person asks of a broker by the command line: one line of JSON. It is answered by the trigger's package, where the
 * person is or, so that Secrets stay in the cluster, in the controller's pod. Bytes are base64.
 */
export const brokerRequestSchema = z.object({
  /** The namespace of the trigger, and of the Secrets that are meant. */
  namespace: z.string().min(1),
  /** The trigger whose connection, topic and dead letters are meant. */
  trigger: z.string().min(1).optional(),
  /** Fields that stand in for those of the trigger's spec; null takes one away. */
  spec: z.record(z.string(), z.unknown()).default({}),
  operation,
});

export type BrokerRequest = z.output<typeof brokerRequestSchema>;
export type BrokerOperation = BrokerRequest["operation"];

/** A message in an answer. */
export interface BrokerMessageText {
  /** Its position: `orders-failed:0:12`. */
  readonly id: string;
  /** RFC 3339. */
  readonly time: string;
  /** Base64, as the body. */
  readonly key?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What each operation answers, once for each message or topic it is about. */
export interface BrokerAnswers {
  publish: { readonly id: string };
  listTopics: { readonly name: string; readonly partitions: number };
  createTopic: { readonly name: string };
  deleteTopic: { readonly name: string };
  listDeadLetters: BrokerMessageText;
  showDeadLetter: BrokerMessageText;
  /** Which dead letter was sent again, and as what. */
  redriveDeadLetters: { readonly id: string; readonly sentAs: string };
  purgeDeadLetters: { readonly count: number };
}

/** A line of the answer; the last one is `end` or `fault`: an answer without either was cut off. */
export type BrokerReply =
  | { readonly item: BrokerAnswers[keyof BrokerAnswers] }
  /** A sentence; `isUnreached`: the broker could not be asked, so that address and login are to be looked at. */
  | { readonly fault: string; readonly isUnreached?: boolean }
  | { readonly end: true };
