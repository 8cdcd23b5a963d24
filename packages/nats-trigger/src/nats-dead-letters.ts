import { deadLetterHeaders } from "@kubeless/api-types";
import {
  BrokerError,
  type BrokerMessage,
  type DeadLetter,
  type DeadLetters,
  NoDeadLetterError,
} from "@kubeless/trigger-kit";
import {
  ErrorCode,
  type JetStreamManager,
  type MsgHdrs,
  type MsgRequest,
  type NatsConnection,
  NatsError,
} from "nats";
import { restoreHeaders, toHeaders } from "./headers.ts";

export interface DeadLetterPlace {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  /** Where they lie. */
  readonly subject: string;
  /** `namespace/trigger`. */
  readonly owner: string;
}

interface Found {
  readonly sequence: number;
  readonly letter: DeadLetter;
  /** As they are written. */
  readonly raw: MsgHdrs | undefined;
}

type ToRedriven = (letter: DeadLetter) => BrokerMessage;

/** One fetch asks for so many, and waits so long for the last of them. */
const fetchSize = 100;
const fetchMs = 2_000;

/** The dead letters of one trigger, in whatever stream keeps their subject. One that was sent again is deleted there. */
export function createDeadLetters({ connection, manager, subject, owner }: DeadLetterPlace): DeadLetters {
  async function streamOf(): Promise<string> {
    try {
      return await manager.streams.find(subject);
    } catch (error) {
      throw new BrokerError(
        `No stream keeps the subject ${subject} (${(error as Error).message}): make one.`,
      );
    }
  }

  async function* read(stream: string): AsyncGenerator<Found, void> {
    const last = await lastSequence(manager, stream, subject);
    if (last === undefined) return;
    let seen = 0;
    const consumer = await connection.jetstream().consumers.get(stream, { filterSubjects: subject });
    for (;;) {
      let came = false;
      for await (const { seq, info, headers, data } of await consumer.fetch({
        max_messages: fetchSize,
        expires: fetchMs,
      })) {
        came = true;
        seen = seq;
        const time = new Date(info.timestampNanos / 1e6);
        const letter = { id: `${stream}:${seq}`, time, headers: toHeaders(headers), body: data };
        if (letter.headers[deadLetterHeaders.trigger] === owner)
          yield { sequence: seq, letter, raw: headers };
        if (seq >= last) return;
      }
      if (came) continue;
      const next = await nextSequence(manager, stream, subject, seen + 1);
      if (next === undefined || next > last) return;
      throw new BrokerError(`The servers gave only a part of ${subject}; try again.`);
    }
  }

  async function find(id: string): Promise<Found | undefined> {
    const stream = await streamOf();
    const sequence = parseId(stream, id);
    try {
      const {
        subject: where,
        time,
        header,
        data,
      } = await manager.streams.getMessage(stream, { seq: sequence });
      const letter = { id, time, headers: toHeaders(header), body: data };
      const isOurs = where === subject && letter.headers[deadLetterHeaders.trigger] === owner;
      return isOurs ? { sequence, letter, raw: header } : undefined;
    } catch (error) {
      if (isNoMessage(error)) return undefined;
      throw error;
    }
  }

  /** The stream it goes to knows a repeat by the letter's position: one that was sent and not deleted is not sent twice. */
  async function sendAgain({ letter, raw, sequence }: Found, toRedriven: ToRedriven) {
    const origin = letter.headers[deadLetterHeaders.subject];
    if (origin === undefined) throw new BrokerError(`${letter.id} does not say which subject it came from.`);
    const { headers, body } = toRedriven(letter);
    const options = { headers: restoreHeaders(raw, headers), msgID: `redriven/${letter.id}` };
    const { stream, seq } = await connection
      .jetstream()
      .publish(origin, body, options)
      .catch((error: Error) => {
        throw toUnsent(letter.id, origin, error);
      });
    await remove(await streamOf(), sequence);
    return { id: letter.id, sentAs: `${stream}:${seq}` };
  }

  async function remove(stream: string, sequence: number): Promise<void> {
    try {
      await manager.streams.deleteMessage(stream, sequence);
    } catch (error) {
      if (isNoMessage(error)) return;
      throw new BrokerError(`${stream}:${sequence} could not be deleted: ${(error as Error).message}.`);
    }
  }

  async function* redriveSome(ids: readonly string[], toRedriven: ToRedriven) {
    for (const id of ids) {
      const found = await find(id);
      if (found === undefined) throw new NoDeadLetterError(id, owner);
      yield await sendAgain(found, toRedriven);
    }
  }

  async function* redriveAll(toRedriven: ToRedriven) {
    for await (const found of read(await streamOf())) yield await sendAgain(found, toRedriven);
  }

  return {
    async *list() {
      for await (const { letter } of read(await streamOf())) yield letter;
    },
    show: async (id) => (await find(id))?.letter,
    redrive: (ids, toRedriven) => (ids.length === 0 ? redriveAll(toRedriven) : redriveSome(ids, toRedriven)),
    async purge() {
      const stream = await streamOf();
      let count = 0;
      for await (const { sequence } of read(stream)) {
        await remove(stream, sequence);
        count += 1;
      }
      return count;
    },
  };
}

function toUnsent(id: string, origin: string, error: Error): BrokerError {
  const isKept = !(error instanceof NatsError && error.code === ErrorCode.NoResponders);
  return new BrokerError(
    isKept
      ? `${id} could not be sent to ${origin}: ${error.message}.`
      : `${id} could not be sent: no stream keeps the subject ${origin}. Make one, and send it again then.`,
  );
}

/** Where the subject ends in the stream now; undefined when it holds none of it. */
function lastSequence(manager: JetStreamManager, stream: string, subject: string) {
  return sequenceOf(manager, stream, { last_by_subj: subject });
}

/** The first message of the subject from a sequence on. */
function nextSequence(manager: JetStreamManager, stream: string, subject: string, seq: number) {
  return sequenceOf(manager, stream, { seq, next_by_subj: subject } as MsgRequest);
}

async function sequenceOf(
  manager: JetStreamManager,
  stream: string,
  wanted: MsgRequest,
): Promise<number | undefined> {
  try {
    return (await manager.streams.getMessage(stream, wanted)).seq;
  } catch (error) {
    if (isNoMessage(error)) return undefined;
    throw error;
  }
}

/** https://github.com/nats-io/nats-server/blob/main/server/errors.json */
function isNoMessage(error: unknown): boolean {
  return error instanceof NatsError && [10_037, 10_057].includes(error.api_error?.err_code ?? 0);
}

function parseId(stream: string, id: string): number {
  const [, named, sequence] = /^(.+):(\d+)$/.exec(id) ?? [];
  if (named !== stream || sequence === undefined)
    throw new BrokerError(`${JSON.stringify(id)} is no position in ${stream}, as ${stream}:12 is.`);
  return Number(sequence);
}
