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
  const types = [error, error.cause].map((each) => (each as { type?: string } | undefined)?.type);
  return types.includes("UNKNOWN_TOPIC_OR_PARTITION");
}
