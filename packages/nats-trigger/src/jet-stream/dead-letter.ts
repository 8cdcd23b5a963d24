import { deadLetterHeaders } from "@kubeless/api-types";
import type { Headers } from "@kubeless/trigger-kit";
import { ErrorCode, type MsgHdrs, type NatsConnection, NatsError } from "nats";
import { copyHeaders } from "../headers.ts";

export interface DeadLetter {
  readonly subject: string;
  readonly body: Uint8Array;
  /** The message's subject, to which it may be sent again. */
  readonly cameFrom: string;
  /** The message's own. */
  readonly original: MsgHdrs | undefined;
  /** Why it is one. */
  readonly cause: Headers;
  /** The same for every try to write it: a stream keeps one of them, within its window for duplicates. */
  readonly id: string;
}

/** Resolves when a stream has the dead letter; without a stream for its subject it would be gone, which is refused. */
export async function publishDeadLetter(
  connection: NatsConnection,
  { subject, body, cameFrom, original, cause, id }: DeadLetter,
): Promise<void> {
  const headers = copyHeaders(original, { ...cause, [deadLetterHeaders.subject]: cameFrom });
  try {
    await connection.jetstream().publish(subject, body, { headers, msgID: id });
  } catch (error) {
    if (error instanceof NatsError && error.code === "503")
      throw new Error(`no stream keeps the subject ${subject}: make one`);
    if (error instanceof NatsError && error.code === ErrorCode.MaxPayloadExceeded)
      throw new Error("with its headers it is larger than the servers' max_payload: raise that");
    throw error;
  }
}
