import type { NATSTriggerSpec } from "@kubeless/api-types";
import { type SourceContext, SourceError } from "@kubeless/trigger-kit";
import { connect, ErrorCode, Events, type NatsConnection, NatsError } from "nats";
import { toConnectionOptions } from "./connection-options.ts";
import type { NatsConfig } from "./nats-config.ts";

export interface ConnectionHandlers {
  /** What being cut off means, as the end of a sentence for a person. */
  readonly meanwhile: string;
  /** The connection is there again; subscriptions are too. */
  readonly reconnected: () => void;
  /** The servers do not let this user write to a subject. */
  readonly refused?: (subject: string) => void;
}

/** Connects, and from then on reconnects for ever; how it stands is told to the context. */
export async function openConnection(
  spec: NATSTriggerSpec,
  context: SourceContext<NatsConfig>,
  handlers: ConnectionHandlers,
): Promise<NatsConnection> {
  const options = await toConnectionOptions(spec, context);
  const connection = await connect(options).catch((error: unknown) => {
    throw toSourceError(error as Error);
  });
  void follow(connection, context, handlers);
  return connection;
}

/** How long what is written last may take to reach the servers. */
const lastWordsMs = 2_000;

/** Says what is left to say, as far as the servers take it, and lets go. */
export async function closeConnection(connection: NatsConnection): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, lastWordsMs);
  await Promise.race([promise, connection.drain().catch(() => undefined)]);
  clearTimeout(timer);
  await connection.close();
}

async function follow(
  connection: NatsConnection,
  context: SourceContext<NatsConfig>,
  { meanwhile, reconnected, refused }: ConnectionHandlers,
): Promise<void> {
  for await (const { type, data, permissionContext } of connection.status()) {
    if (type === Events.Disconnect) {
      const message = `The connection to ${String(data)} is lost and tried for anew; ${meanwhile}.`;
      context.connection({ reason: "ConnectionFailed", message });
    } else if (type === Events.Reconnect) {
      context.connection(undefined);
      reconnected();
    } else if (type === Events.Error && isRefusal(String(data))) {
      context.connection({ reason: "AuthenticationFailed", message: refusal(String(data)) });
    } else if (permissionContext?.operation === "publish") refused?.(permissionContext.subject);
  }
  const reason = await connection.closed();
  if (!context.signal.aborted && reason instanceof Error) context.reopen(toSourceError(reason));
}

const refusals: readonly string[] = [
  ErrorCode.AuthorizationViolation,
  ErrorCode.AuthenticationExpired,
  ErrorCode.AuthenticationTimeout,
  ErrorCode.AccountExpired,
  ErrorCode.BadAuthentication,
];

function isRefusal(code: string): boolean {
  return refusals.includes(code);
}

/** What a person has to do about what the servers do not allow. */
export function refusal(detail: string): string {
  return `The servers refused the login or a right of it (${detail}): correct the Secret, or the user's permissions.`;
}

/** Why no connection or no subscription came about. */
export function toSourceError(error: Error): SourceError {
  if (error instanceof SourceError) return error;
  if (error instanceof NatsError && (isRefusal(error.code) || error.code === ErrorCode.PermissionsViolation))
    return new SourceError("AuthenticationFailed", refusal(error.message));
  const cause = error instanceof NatsError ? (error.chainedError?.message ?? error.message) : error.message;
  return new SourceError("ConnectionFailed", `The servers cannot be reached: ${cause}.`);
}
