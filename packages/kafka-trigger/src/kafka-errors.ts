import { SourceError } from "@kubeless/trigger-kit";

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
