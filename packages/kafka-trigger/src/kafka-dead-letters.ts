import { deadLetterHeaders } from "@kubeless/api-types";
import {
  BrokerError,
  type BrokerMessage,
  type DeadLetter,
  type DeadLetters,
  NoDeadLetterError,
} from "@kubeless/trigger-kit";
import type { Admin, Kafka, KafkaMessage } from "kafkajs";
import { fetchCommitted } from "./committed-offsets.ts";
import { toBrokerError } from "./kafka-errors.ts";
import { readTopic, type TopicRecord } from "./read-topic.ts";
import { toHeaders, toTime } from "./to-record.ts";

export interface DeadLetterPlace {
  readonly kafka: Kafka;
  readonly admin: Admin;
  /** Where they lie, and where they came from. */
  readonly topic: string;
  readonly origin: string;
  readonly namespace: string;
  readonly trigger: string;
  /** Sends one message as the original is written, and gives its position. */
  send(topic: string, message: BrokerMessage, original: KafkaMessage): Promise<string>;
}

/**
 * The dead letters of one trigger in a topic. How far they were redriven stands as the committed offset of the group
 * `<namespace>_<trigger>_redriven_<topic>`.
 */
export function createDeadLetters(place: DeadLetterPlace): DeadLetters {
  const { kafka, admin, topic, origin } = place;
  const groupId = `${place.namespace}_${place.trigger}_redriven_${topic}`;
  const owner = `${place.namespace}/${place.trigger}`;

  async function* read(starts: ReadonlyMap<number, bigint>) {
    for await (const record of readTopic(kafka, admin, topic, starts)) {
      const letter = toLetter(topic, record);
      yield { ...record, letter, isOurs: letter.headers[deadLetterHeaders.trigger] === owner };
    }
  }

  async function redriven(): Promise<Map<number, bigint>> {
    const known = await fetchCommitted(admin, groupId, topic).catch((error: Error) => {
      throw toBrokerError(error, topic);
    });
    const committed = known.filter(({ offset }) => offset !== "-1");
    return new Map(committed.map(({ partition, offset }) => [partition, BigInt(offset)]));
  }

  async function* list() {
    for await (const { letter, isOurs } of read(await redriven())) if (isOurs) yield letter;
  }

  async function find(id: string) {
    const { partition, offset } = parseId(topic, id);
    for await (const found of read(new Map([[partition, offset]])))
      if (found.isOurs && found.letter.id === id) return found;
    return undefined;
  }

  async function* redriveAll(toRedriven: (letter: DeadLetter) => BrokerMessage) {
    for await (const { partition, offset, message, letter, isOurs } of read(await redriven())) {
      const again = toRedriven(letter);
      const sentAs = isOurs ? await place.send(origin, again, message) : undefined;
      const partitions = [{ partition, offset: String(offset + 1n) }];
      await admin.setOffsets({ groupId, topic, partitions });
      if (sentAs !== undefined) yield { id: letter.id, sentAs };
    }
  }

  async function* redriveSome(ids: readonly string[], toRedriven: (letter: DeadLetter) => BrokerMessage) {
    for (const id of ids) {
      const found = await find(id);
      if (found === undefined) throw new NoDeadLetterError(id, owner);
      const again = toRedriven(found.letter);
      yield { id, sentAs: await place.send(origin, again, found.message) };
    }
  }

  /** What comes meanwhile was not looked at, and stays. */
  async function purge(): Promise<number> {
    const offsets = await admin.fetchTopicOffsets(topic).catch((error: Error) => {
      throw toBrokerError(error, topic);
    });
    const ends = new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]));
    let count = 0;
    for await (const { partition, offset, letter, isOurs } of read(new Map())) {
      if (offset >= (ends.get(partition) ?? 0n)) continue;
      if (!isOurs)
        throw new BrokerError(
          `${letter.id} in ${topic} is no dead letter of ${owner}, and Kafka deletes all before a position or nothing: nothing was deleted. Let ${topic} expire by its retention, or give each trigger a topic of its own.`,
        );
      count += 1;
    }
    const partitions = offsets.map(({ partition, high }) => ({ partition, offset: high }));
    await admin.deleteTopicRecords({ topic, partitions });
    return count;
  }

  return {
    list,
    show: async (id) => (await find(id))?.letter,
    redrive: (ids, toRedriven) => (ids.length === 0 ? redriveAll(toRedriven) : redriveSome(ids, toRedriven)),
    purge,
  };
}

function toLetter(topic: string, { partition, offset, message }: TopicRecord): DeadLetter {
  return {
    id: `${topic}:${partition}:${offset}`,
    time: toTime(message),
    key: message.key ?? undefined,
    headers: toHeaders(message),
    body: message.value ?? new Uint8Array(),
  };
}

function parseId(topic: string, id: string): { partition: number; offset: bigint } {
  const [, named, partition, offset] = /^(.+):(\d+):(\d+)$/.exec(id) ?? [];
  if (named !== topic || partition === undefined || offset === undefined)
    throw new BrokerError(`${JSON.stringify(id)} is no position in ${topic}, as ${topic}:0:12 is.`);
  return { partition: Number(partition), offset: BigInt(offset) };
}
