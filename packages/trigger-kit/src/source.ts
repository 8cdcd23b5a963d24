import type { DeadLetterReason, Reason } from "@kubeless/api-types";
import type { ZodObject, ZodType } from "zod";
import type { Parts } from "./parts/parts.ts";

export type Guarantee = "atMostOnce" | "atLeastOnce";
export type Ordering = "none" | "key" | "partition";

/** Header names in lower case. A header that came more than once is one value, joined by a comma. */
export type Headers = Readonly<Record<string, string>>;

/** Where a record stands in its source. Only the source looks inside; `id` in {@link SourceRecord} is its text. */
export type Position = unknown;

/** How often a record was tried, so that a count survives a rebalance or a restart where the source can keep it. */
export interface Attempts {
  readonly count: number;
  /** When it was tried first, in milliseconds since the epoch. */
  readonly sinceMs: number;
}

/** One event as the source read it. */
export interface SourceRecord {
  /** The position as text, the same over retries and redeliveries; becomes `event-id` and `ce-id`. */
  readonly id: string;
  /** The broker's time. */
  readonly time: Date;
  readonly key?: Uint8Array | undefined;
  /** The record's own headers; those of the function call are the kit's. */
  readonly headers: Headers;
  /** The source's own metadata, each a CloudEvents extension: lower-case letters and digits only. */
  readonly extensions: Headers;
  readonly body: Uint8Array;
  /** What positions are committed within, in order and without gaps; one of its own where every record is acknowledged by itself. */
  readonly lane: string;
  readonly position: Position;
  /** Attempts that were saved with the position (see {@link Subscription.saveAttempts}). */
  readonly attempts?: Attempts | undefined;
  /** Where the record asks for an answer: called once, with the function's reply, when the call succeeded. */
  readonly reply?: ((body: Uint8Array, headers: Headers) => void) | undefined;
}

/** Why a record became a dead letter. */
export interface Cause {
  readonly reason: DeadLetterReason;
  /** One sentence for a person. */
  readonly message: string;
  /** The last status the function answered, where it answered. */
  readonly status?: number | undefined;
  readonly attempts: number;
}

/** A trigger together with one function that it matches. */
export interface Binding<Spec> {
  readonly namespace: string;
  /** The trigger's name. */
  readonly trigger: string;
  /** The function's name. */
  readonly function: string;
  readonly spec: Spec;
  readonly guarantee: Guarantee;
  readonly ordering: Ordering;
  /** How many records are worked on at once: a source need not read much further ahead. */
  readonly maxInFlight: number;
}

/** What a source can do for a spec. What it cannot is a condition on the trigger, never a silent downgrade. */
export interface Capabilities {
  readonly guarantees: readonly Guarantee[];
  readonly orderings: readonly Ordering[];
  /** `pause`: reading stops when the kit says so; `drop`: it cannot, and what exceeds the bound is dropped and counted. */
  readonly backPressure: "pause" | "drop";
  /**
   * `shared`: every replica keeps the binding open, and they share its work. `single`: one replica at a time does, by a
   * Lease that the kit holds, and another when that one is gone.
   */
  readonly work: "shared" | "single";
  /** Milliseconds between two writes of a position, where a commit waits for the next of them. */
  readonly commitsEveryMs?: number;
}

/** What a source gets from the kit. */
export interface SourceContext<Config> {
  /** The controller's configuration, frozen. */
  readonly config: Config;
  /** Aborted when the binding is closed: what waits must end. */
  readonly signal: AbortSignal;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  /** A Secret of the trigger's namespace. When it changes the binding is opened anew. Rejects when there is none. */
  secret(name: string): Promise<Readonly<Record<string, Uint8Array>>>;
  /**
   * Lanes are about to be taken away: nothing of theirs is started any more, what runs is waited for, what is done is
   * committed. Resolves when the source may let go, after `withinMs` at the latest (default: as long as a call may take).
   * What was read of a lane is forgotten with it: when it is read again, then from its committed position.
   */
  revoke(lanes: readonly string[], withinMs?: number): Promise<void>;
  /** The connection is there (undefined) or is not, and why. Becomes the condition Connected. */
  connection(fault: ConnectionFault | undefined): void;
  /**
   * The broker no longer has the position; `count` records before the next one that it has are gone (undefined: nobody
   * knows how many). Told before anything is committed beyond them, and shown on the trigger and in metrics.
   */
  positionLost(count: number | undefined, message: string): void;
  /** The source lost its footing and cannot mend it: the kit closes the binding and opens it anew, with back-off. */
  reopen(error: Error): void;
  /** Parts of the source's work that one replica at a time may read, shared out over the replicas. */
  readonly parts: Parts;
}

/** Hands records to the kit, in the order of their lanes. */
export type Deliver = (records: readonly SourceRecord[]) => void;

/** What a source keeps open for one binding. */
export interface Subscription {
  /** Resolves when the broker has it; a rejected one is tried again. At most one position per lane, the furthest. */
  commit(positions: readonly Position[]): Promise<void>;
  /** Keeps counts of attempts where the next reader of the lane finds them. */
  saveAttempts?(
    attempts: readonly { readonly position: Position; readonly attempts: Attempts }[],
  ): Promise<void>;
  /** Resolves when the broker has the dead letter: original bytes, key and headers, and `headers` beside them. */
  writeDeadLetter(record: SourceRecord, cause: Cause, headers: Headers): Promise<void>;
  /**
   * Whether a call for this lane may be started: false past the end of the session or lease. Cheap: asked before each call.
   * After a false one nothing of the lane is taken in until the source has revoked it, since what it reads on may lie
   * behind a gap.
   */
  holds?(lane: string): boolean;
  pause(): void;
  resume(): void;
  /** Records that wait in the broker; undefined where that cannot be known. */
  lag(): Promise<number | undefined>;
  /** How old the oldest record is that waits in the broker, in milliseconds; 0 when none does. For who cannot count them. */
  ageMs?(): number | undefined;
  /** Asks for nothing more; resolves when what was on its way is delivered. For who cannot have it again. */
  leave?(): Promise<void>;
  /** Resolves when nothing is left open; nothing is delivered after. */
  close(): Promise<void>;
}

/** A controller's configuration: an object over environment names. */
export type ConfigSchema<Config> = ZodObject & ZodType<Config>;

/** An event source keeps something open while a trigger matches a function. */
export interface EventSource<Spec, Config> {
  readonly config: ConfigSchema<Config>;
  capabilities(spec: Spec): Capabilities;
  /** What readers of a binding share at the broker, by the name it has there; the trigger's status shows it. */
  group?(binding: Binding<Spec>): string;
  open(binding: Binding<Spec>, deliver: Deliver, context: SourceContext<Config>): Promise<Subscription>;
}

/** Why there is no connection, with the reason that the condition Connected carries. */
export interface ConnectionFault {
  readonly reason: Extract<
    Reason,
    "ConnectionFailed" | "AuthenticationFailed" | "TopicNotFound" | "SecretNotFound" | "SecretInvalid"
  >;
  readonly message: string;
}

/** Why a binding could not be opened, or a connection was lost. */
export class SourceError extends Error implements ConnectionFault {
  override readonly name = "SourceError";
  readonly reason: ConnectionFault["reason"];

  constructor(reason: ConnectionFault["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}
