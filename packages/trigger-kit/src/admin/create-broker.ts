import {
  type BrokerAnswers,
  type BrokerMessageText,
  type BrokerOperation,
  type BrokerReply,
  type BrokerRequest,
  formatFaults,
} from "@kubeless/api-types";
import { ConfigError, loadConfig } from "@kubeless/controller-kit";
import { type ConfigSchema, SourceError } from "../source.ts";
import type { TriggerKind, TriggerSpec } from "../trigger/trigger-kind.ts";
import {
  type BrokerAdmin,
  BrokerError,
  type BrokerSession,
  type DeadLetter,
  NoDeadLetterError,
} from "./broker-admin.ts";
import { toRedriven } from "./to-redriven.ts";

/** What answers requests for one kind of broker: exported by its package for the command line, and run by its image. */
export interface Broker {
  /** The last reply is `end` or `fault`; never rejects for what the person or the broker did. */
  answer(request: BrokerRequest, surroundings: BrokerSurroundings): AsyncIterable<BrokerReply>;
}

export interface BrokerSurroundings {
  /** Where the configuration stands. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The stored trigger; undefined when there is none. */
  trigger(name: string): Promise<unknown>;
  secret(name: string): Promise<Readonly<Record<string, Uint8Array>>>;
  readonly signal: AbortSignal;
}

export interface BrokerOptions<Spec extends TriggerSpec, Config> {
  readonly kind: TriggerKind<Spec>;
  readonly config: ConfigSchema<Config>;
  readonly admin: BrokerAdmin<Spec, Config>;
}

export function createBroker<Spec extends TriggerSpec, Config>(options: BrokerOptions<Spec, Config>): Broker {
  return {
    async *answer(request, surroundings) {
      try {
        const session = await open(options, request, surroundings);
        try {
          for await (const item of perform(session, request.operation)) yield { item };
        } finally {
          await session.close();
        }
        yield { end: true };
      } catch (error) {
        const told = isExpected(error) ? error : options.admin.explain?.(error as Error);
        if (told === undefined) throw error;
        yield { fault: told.message, ...(told instanceof SourceError ? { isUnreached: true } : {}) };
      }
    },
  };
}

async function open<Spec extends TriggerSpec, Config>(
  { kind, config, admin }: BrokerOptions<Spec, Config>,
  { namespace, trigger, spec: changes }: BrokerRequest,
  { environment, trigger: read, secret, signal }: BrokerSurroundings,
): Promise<BrokerSession> {
  const spec = trigger === undefined ? {} : await specOf(kind, namespace, trigger, read);
  const kept = Object.entries({ ...spec, ...changes }).filter(([, value]) => value !== null);
  return admin.open({
    config: loadConfig(config, environment) as Config,
    spec: Object.fromEntries(kept) as Partial<Spec>,
    namespace,
    trigger,
    secret,
    signal,
  });
}

async function specOf<Spec extends TriggerSpec>(
  { parse, resource }: TriggerKind<Spec>,
  namespace: string,
  name: string,
  read: BrokerSurroundings["trigger"],
): Promise<Spec> {
  const object = await read(name);
  if (object === undefined)
    throw new BrokerError(`There is no ${resource.kind} ${name} in namespace ${namespace}.`);
  const parsed = parse(object);
  if (!parsed.ok) throw new BrokerError(`${resource.kind} ${name}: ${formatFaults(parsed.faults)}`);
  return parsed.value.spec;
}

async function* perform(
  session: BrokerSession,
  operation: BrokerOperation,
): AsyncIterable<BrokerAnswers[keyof BrokerAnswers]> {
  switch (operation.do) {
    case "publish":
      for await (const id of session.publish(operation.target, operation.messages.map(toMessage)))
        yield { id };
      return;
    case "listTopics":
      yield* topicsOf(session).list();
      return;
    case "createTopic":
      await topicsOf(session).create(operation.target, operation.partitions);
      yield { name: operation.target };
      return;
    case "deleteTopic":
      await topicsOf(session).delete(operation.target);
      yield { name: operation.target };
      return;
    case "listDeadLetters":
      yield* listSome(deadLettersOf(session).list(), operation.limit);
      return;
    case "showDeadLetter":
      yield await showOne(session, operation.id);
      return;
    case "redriveDeadLetters":
      yield* deadLettersOf(session).redrive(operation.ids, toRedriven);
      return;
    case "purgeDeadLetters":
      yield { count: await purge(session) };
  }
}

async function* listSome(
  letters: AsyncIterable<DeadLetter>,
  limit: number,
): AsyncIterable<BrokerMessageText> {
  let left = limit;
  for await (const letter of letters) {
    yield toText(letter);
    left -= 1;
    if (left === 0) return;
  }
}

async function showOne(session: BrokerSession, id: string): Promise<BrokerMessageText> {
  const letter = await deadLettersOf(session).show(id);
  if (letter === undefined) throw new NoDeadLetterError(id, "this trigger");
  return toText(letter);
}

function purge(session: BrokerSession): Promise<number> {
  const letters = deadLettersOf(session);
  if (letters.purge === undefined)
    throw new BrokerError(
      "This broker deletes nothing on demand: dead letters go when its retention says so.",
    );
  return letters.purge();
}

function topicsOf({ topics }: BrokerSession) {
  if (topics === undefined) throw new BrokerError("This broker has no topics to be made or deleted.");
  return topics;
}

function deadLettersOf({ deadLetters }: BrokerSession) {
  if (deadLetters === undefined)
    throw new BrokerError("The trigger names no place for dead letters (spec.delivery.deadLetter).");
  return deadLetters;
}

function toMessage({
  key,
  headers,
  body,
}: {
  key?: string | undefined;
  headers: Record<string, string>;
  body: string;
}) {
  return {
    key: key === undefined ? undefined : Buffer.from(key, "base64"),
    headers,
    body: Buffer.from(body, "base64"),
  };
}

function toText({ id, time, key, headers, body }: DeadLetter): BrokerMessageText {
  return {
    id,
    time: time.toISOString(),
    ...(key === undefined ? {} : { key: Buffer.from(key).toString("base64") }),
    headers,
    body: Buffer.from(body).toString("base64"),
  };
}

function isExpected(error: unknown): error is Error {
  return error instanceof BrokerError || error instanceof SourceError || error instanceof ConfigError;
}
