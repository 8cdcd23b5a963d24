import { SourceError } from "@kubeless/trigger-kit";

const AUTHENTICATION =
  /^(AccessDenied|UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|ExpiredToken|MissingAuthenticationToken|InvalidClientTokenId)/;
const NO_CREDENTIALS = /^(CredentialsProviderError|TokenProviderError)/;

/** Asked too often: waiting is all there is to do. https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */
export function isThrottled(error: unknown): boolean {
  return /^(ProvisionedThroughputExceeded|LimitExceeded|Throttling|KMSThrottling|SlowDown)/.test(
    nameOf(error),
  );
}

/** The iterator is older than five minutes: another is taken. */
export function isExpiredIterator(error: unknown): boolean {
  return nameOf(error).startsWith("ExpiredIterator");
}

/** The position is none of this stream's, or not any more. */
export function isInvalidPosition(error: unknown): boolean {
  return nameOf(error).startsWith("InvalidArgument");
}

/** What was asked for can never be had: too large, too long, or of a wrong form. */
export function isRefused(error: unknown): boolean {
  return /^(InvalidArgument|Validation|RequestEntityTooLarge)/.test(nameOf(error));
}

/** No such stream, or no such shard in it: a stream that is made anew has shards of other names. */
export function isMissing(error: unknown): boolean {
  return nameOf(error).startsWith("ResourceNotFound");
}

/** The stream is there, and has no such shard. */
export function isMissingShard(error: unknown): boolean {
  return isMissing(error) && /\bshardId-/.test((error as Error).message);
}

/** No answer came, so that nothing is known of the request. */
export function isUnanswered(error: unknown): boolean {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === undefined;
}

/** What a condition says of a request that failed. */
export function toSourceError(error: unknown, stream: string): SourceError {
  if (error instanceof SourceError) return error;
  const name = nameOf(error);
  const { message } = error as Error;
  if (isMissingShard(error))
    return new SourceError(
      "ConnectionFailed",
      `A shard of ${stream} is gone, and its shards are looked up anew: ${message}`,
    );
  if (isMissing(error))
    return new SourceError(
      "TopicNotFound",
      `There is no stream ${stream}: it is waited for; make it, or correct spec.stream, spec.aws-region or spec.endpoint.`,
    );
  const said = /^(Abort|Timeout)Error$/.test(name)
    ? "no answer came in time"
    : (message || name).replace(/[.\s]+$/, "");
  if (NO_CREDENTIALS.test(name))
    return new SourceError(
      "AuthenticationFailed",
      `No AWS credentials were found (${said}): name a Secret that holds them, or give who asks a role.`,
    );
  if (AUTHENTICATION.test(name))
    return new SourceError("AuthenticationFailed", `Kinesis refused the credentials: ${said} (${name}).`);
  if (isThrottled(error))
    return new SourceError(
      "ConnectionFailed",
      `Kinesis says that this is too much, for a while already: ${said}.`,
    );
  return new SourceError("ConnectionFailed", `Kinesis does not answer as it should: ${said}.`);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}
