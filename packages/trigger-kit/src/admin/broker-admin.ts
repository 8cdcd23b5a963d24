import type { Headers, SourceError, SourceRecord } from "../source.ts";

/**
 * What a person does at a broker beside what triggers do: publishing, and dead letters. A trigger package implements it
 * next to its source; the command line runs it where the person is, or in the controller's pod.
 */
export interface BrokerAdmin<Spec, Config> {
  /** Connects. Rejects with a SourceError when the broker cannot be reached or the login is refused. */
  open(place: BrokerPlace<Spec, Config>): Promise<BrokerSession>;
  /** What a person reads of an error of the client library's; undefined: it is none, so a fault of ours. */
  explain?(error: Error): BrokerError | SourceError | undefined;
}

/** Which broker is meant, and for which trigger. */
export interface BrokerPlace<Spec, Config> {
  /** As for the source: what holds where the spec says nothing. */
  readonly config: Config;
  /** The trigger's spec, as far as it is known: without a trigger, what the person said. */
  readonly spec: Partial<Spec>;
  /** `namespace` of the Secrets; `trigger` where one is meant. */
  readonly namespace: string;
  readonly trigger?: string | undefined;
  /** A Secret of the namespace. Rejects where Secrets may not be read: outside of the cluster. */
  secret(name: string): Promise<Readonly<Record<string, Uint8Array>>>;
  /** Aborted when the person gave up. */
  readonly signal: AbortSignal;
}

/** A message for the broker; `key` and `headers` where it knows such. */
export interface BrokerMessage {
  readonly key?: Uint8Array | undefined;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** A dead letter as the broker has it, cause headers and all. */
export type DeadLetter = Pick<SourceRecord, "id" | "time" | "key" | "headers" | "body">;

/** An open connection. What a broker cannot do is left out, or rejects with a BrokerError that says so in a sentence. */
export interface BrokerSession {
  /** Sends in order; gives each message's position once the broker has it. */
  publish(target: string, messages: readonly BrokerMessage[]): AsyncIterable<string>;
  readonly topics?: Topics | undefined;
  /** Undefined: the trigger names no place for dead letters, or none is meant. */
  readonly deadLetters?: DeadLetters | undefined;
  close(): Promise<void>;
}

/** Topics, or streams of shards. */
export interface Topics {
  list(): AsyncIterable<{ readonly name: string; readonly partitions: number }>;
  create(name: string, partitions: number): Promise<void>;
  delete(name: string): Promise<void>;
}

/** The dead letters of one trigger; those that others wrote to the same place are passed over. */
export interface DeadLetters {
  /** Oldest first, those that were not redriven yet. */
  list(): AsyncIterable<DeadLetter>;
  /** Undefined when there is none. */
  show(id: string): Promise<DeadLetter | undefined>;
  /**
   * Sends dead letters to where they came from, each with the bytes, key and headers that `toRedriven` gives, and remembers
   * it, so that without `ids` none is sent twice. Gives one after the other once the broker has it.
   */
  redrive(
    ids: readonly string[],
    toRedriven: (letter: DeadLetter) => BrokerMessage,
  ): AsyncIterable<{ readonly id: string; readonly sentAs: string }>;
  /** Deletes all, and gives their number. Absent where the broker cannot delete. */
  purge?(): Promise<number>;
}

/** What a person asked cannot be done: the message says why, and what to do instead. */
export class BrokerError extends Error {
  override readonly name = "BrokerError";
}

/** There is no dead letter of this id; `whose` are those that were looked through: `this trigger`, or a trigger's name. */
export class NoDeadLetterError extends BrokerError {
  constructor(id: string, whose: string) {
    super(`There is no dead letter ${id} of ${whose}: see which there are with dead-letters list.`);
  }
}
