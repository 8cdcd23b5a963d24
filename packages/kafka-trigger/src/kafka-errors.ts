import { BrokerError, SourceError } from "@kubeless/trigger-kit";

/** What the client threw while it connected, as the reason of a condition and a sentence. */
export function toSourceError(error: Error, topic: string): Error {
  if (error instanceof SourceError) return error;
  if (isTopicMissing(error))
    return new SourceError(
      "TopicNotFound",
      `There is no topic ${topic}: it is waited for; make it, or correct spec.topic.`,
    );
  if (error.name === "KafkaJSSASLAuthenticationError")
    return new SourceError("AuthenticationFailed", `The brokers refused the login: ${error.message}`);
  return new SourceError("ConnectionFailed", `The brokers cannot be reached: ${error.message}`);
}

export function isTopicMissing(error: Error): boolean {
  return isOfType(error, "UNKNOWN_TOPIC_OR_PARTITION");
}

/** These brokers keep less with an offset (`offset.metadata.max.bytes`) than was to be said of it. */
export function isTooMuchSaid(error: Error): boolean {
  return isOfType(error, "OFFSET_METADATA_TOO_LARGE");
}

function isOfType(error: Error, type: string): boolean {
  return [error, error.cause].some((each) => (each as { type?: string } | undefined)?.type === type);
}

/** What a person reads of a request that failed; `topic` where it is known which one was meant. */
export function toBrokerError(error: Error, topic?: string): BrokerError | SourceError {
  if (error instanceof BrokerError || error instanceof SourceError) return error;
  if (isTopicMissing(error))
    return new BrokerError(
      `There is no ${topic === undefined ? "such topic" : `topic ${topic}`}: see kubeless topic list.`,
    );
  if (isUnreached(error))
    return new SourceError("ConnectionFailed", `The brokers cannot be reached: ${error.message}`);
  const errors = (error as { errors?: readonly Error[] }).errors ?? [];
  return new BrokerError(`The brokers refused: ${errors[0]?.message ?? error.message}`);
}

/** What the client throws where the brokers took the connection and said nothing. */
const NOTHING_SAID = "Broker not connected";

/** Whether the client threw it, for what the brokers did or did not do. */
export function isOfClient({ name, message }: Error): boolean {
  return name.startsWith("KafkaJS") || message === NOTHING_SAID;
}

function isUnreached({ name, message, cause }: Error): boolean {
  if (/^KafkaJS(Connection|RequestTimeout|BrokerNotFound)/.test(name) || message === NOTHING_SAID)
    return true;
  return cause instanceof Error && isUnreached(cause);
}
