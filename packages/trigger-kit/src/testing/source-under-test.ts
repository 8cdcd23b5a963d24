import type { BrokerMessage, DeadLetter } from "../admin/broker-admin.ts";
import type { OpenParts } from "../parts/open-parts.ts";
import type { Capabilities, EventSource, SourceContext } from "../source.ts";
import type { TriggerKind, TriggerSpec } from "../trigger/trigger-kind.ts";

/** What a source's test tells the suite about the source and its real broker. */
export interface SourceUnderTest<Spec extends TriggerSpec, Config> {
  readonly source: EventSource<Spec, Config>;
  readonly kind: TriggerKind<Spec>;
  /** What `source.capabilities` says of the specs that `newTopic` gives: what it cannot do is not asked. */
  readonly capabilities: Capabilities;
  /** A configuration with several things wrong, and the variables that are at fault. */
  readonly badConfig: { readonly environment: Record<string, string>; readonly faults: readonly string[] };
  /** How long an event may take, in milliseconds, before it is counted as lost. Default 20,000. */
  readonly patienceMs?: number | undefined;
  /** Connects to the broker. Called once for each case. */
  connect(): Promise<BrokerUnderTest<Config>>;
}

/** A real broker, seen from outside. */
export interface BrokerUnderTest<Config> {
  readonly config: Config;
  readonly secret?: SourceContext<Config>["secret"];
  /** Where a replica holds parts of the work, for sources that need it; see `openParts`. Default: there are none. */
  readonly openParts?: (replica: string) => OpenParts;
  /** A topic, subject or stream of the test's own, with two lanes at least where it has lanes. */
  newTopic(): Promise<TopicUnderTest>;
  /** Breaks the connections of all clients in this process; they can be made again at once. */
  cutConnections(): void;
  /** Connections of this process to the broker. */
  countConnections(): number;
  close(): Promise<void>;
}

export interface TopicUnderTest {
  /** A trigger's spec that reads it from the beginning; the suite adds `delivery`. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** What stands in `spec.delivery.deadLetter`; the place is there. */
  readonly deadLetter: Readonly<Record<string, string>>;
  /** Resolves when the broker has them all, in this order, in one lane: `lane` says which one. */
  publish(messages: readonly BrokerMessage[], lane?: number): Promise<void>;
  /** What lies at `deadLetter` now. */
  deadLetters(): Promise<readonly DeadLetter[]>;
}
