import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { deadLetterHeaders } from "@kubeless/api-types";
import {
  BrokerError,
  type BrokerMessage,
  type DeadLetter,
  type DeadLetters,
  NoDeadLetterError,
} from "@kubeless/trigger-kit";
import { isInvalidPosition, isMissingShard } from "./kinesis-error.ts";
import { readShard, readStream, type StreamRecord } from "./read-stream.ts";
import { toBrokerError } from "./to-broker-error.ts";
import { REDRIVEN_TAG, toAllRecords } from "./to-records.ts";

export interface DeadLetterPlace {
  readonly client: KinesisClient;
  readonly signal: AbortSignal;
  /** Where they lie, and where they came from. */
  readonly stream: string;
  readonly origin: string;
  /** `namespace/trigger`. */
  readonly owner: string;
  /** Sends one message, and gives its position. */
  send(stream: string, message: BrokerMessage): Promise<string>;
}

/**
 * The dead letters of one trigger in a stream. That one was redriven is a record of its own in the same stream, without
 * bytes and with the dead letter's id as a tag: there is nowhere else in Kinesis where it would be kept as long.
 */
export function createDeadLetters(place: DeadLetterPlace): DeadLetters {
  const { client, signal, stream, origin, owner } = place;

  /** What of ours a record holds: dead letters, and the marks of those that were redriven. */
  function toLetters({ shard, record }: StreamRecord): DeadLetter[] {
    const view = { stream, shard, after: undefined, attempts: new Map() };
    return toAllRecords([record], view).filter(({ headers }) => headers[deadLetterHeaders.trigger] === owner);
  }

  async function* read(): AsyncGenerator<DeadLetter, void> {
    try {
      for await (const found of readStream(client, stream, signal)) yield* toLetters(found);
    } catch (error) {
      throw toBrokerError(error, stream);
    }
  }

  async function* list(): AsyncGenerator<DeadLetter, void> {
    const redriven = new Set<string | undefined>();
    for await (const { headers } of read()) redriven.add(headers[REDRIVEN_TAG]);
    for await (const letter of read())
      if (letter.headers[REDRIVEN_TAG] === undefined && !redriven.has(letter.id)) yield letter;
  }

  async function show(id: string): Promise<DeadLetter | undefined> {
    const [, shard, sequence] = /^([\w.-]+):(\d+):\d+$/.exec(id) ?? [];
    if (shard === undefined || sequence === undefined)
      throw new BrokerError(
        `${JSON.stringify(id)} is no position of a dead letter, as shardId-000000000000:4956…:0 is.`,
      );
    try {
      for await (const found of readShard(client, { stream, shard, from: { at: sequence } }, signal))
        return toLetters(found).find((letter) => letter.id === id && !(REDRIVEN_TAG in letter.headers));
    } catch (error) {
      if (isMissingShard(error) || isInvalidPosition(error)) return undefined;
      throw toBrokerError(error, stream);
    }
    return undefined;
  }

  async function redriveOne(letter: DeadLetter, toRedriven: (letter: DeadLetter) => BrokerMessage) {
    const sentAs = await place.send(origin, toRedriven(letter));
    const headers = { [REDRIVEN_TAG]: letter.id, [deadLetterHeaders.trigger]: owner };
    await place.send(stream, { key: letter.key, headers, body: new Uint8Array() });
    return { id: letter.id, sentAs };
  }

  return {
    list,
    show,
    async *redrive(ids, toRedriven) {
      if (ids.length === 0) for await (const letter of list()) yield await redriveOne(letter, toRedriven);
      for (const id of ids) {
        const letter = await show(id);
        if (letter === undefined) throw new NoDeadLetterError(id, owner);
        yield await redriveOne(letter, toRedriven);
      }
    },
  };
}
