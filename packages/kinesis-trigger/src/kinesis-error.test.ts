import { ResourceNotFoundException } from "@aws-sdk/client-kinesis";
import { expect, test } from "vitest";
import { toSourceError } from "./kinesis-error.ts";

const missing = (message: string) => new ResourceNotFoundException({ message, $metadata: {} });

test("a shard that is gone is not told as a stream that is missing", () => {
  const shard = missing(
    "Shard shardId-000000000003 in stream orders under account 000000000000 does not exist",
  );
  expect(toSourceError(shard, "orders")).toMatchObject({
    reason: "ConnectionFailed",
    message: expect.stringMatching(/^A shard of orders is gone, .*shardId-000000000003/),
  });
  const stream = missing("Stream orders under account 000000000000 not found.");
  expect(toSourceError(stream, "orders")).toMatchObject({
    reason: "TopicNotFound",
    message: expect.stringContaining("There is no stream orders"),
  });
});

test.each([
  [
    "CredentialsProviderError",
    "Could not load credentials from any providers",
    /^No AWS credentials were found/,
  ],
  [
    "UnrecognizedClientException",
    "The security token is invalid.",
    /^Kinesis refused the credentials: .* invalid \(/,
  ],
  ["LimitExceededException", "Rate exceeded", /^Kinesis says that this is too much/],
  ["AbortError", "Request aborted", /^Kinesis does not answer as it should: no answer came in time\.$/],
  ["Error", "getaddrinfo ENOTFOUND nowhere", /^Kinesis does not answer as it should: .*nowhere\.$/],
])("%s is told in a sentence", (name, message, sentence) => {
  const error = Object.assign(new Error(message), { name });
  expect(toSourceError(error, "orders").message).toMatch(sentence);
});
