import { KinesisClient, type KinesisClientConfig } from "@aws-sdk/client-kinesis";
import { type KinesisTriggerSpec, secretKeys } from "@kubeless/api-types";
import { type SourceContext, SourceError } from "@kubeless/trigger-kit";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { KinesisConfig } from "./kinesis-config.ts";

/** How long a request may take in all. */
export const requestTimeoutMs = 15_000;

type Secret = Readonly<Record<string, Uint8Array>>;

/** Where a stream is and how it is read, as far as a trigger says it. */
export type Address = Pick<KinesisTriggerSpec, "aws-region" | "endpoint" | "secret">;

/** A client for the trigger's region or endpoint, by the keys in its Secret, else by AWS' default credential chain. */
export async function openClient(
  address: Address,
  context: Pick<SourceContext<KinesisConfig>, "config" | "secret">,
): Promise<KinesisClient> {
  const endpoint = address.endpoint || context.config.KINESIS_ENDPOINT;
  const credentials =
    address.secret === "" ? undefined : toCredentials(address.secret, await context.secret(address.secret));
  return createClient({ region: address["aws-region"], endpoint, credentials });
}

/**
 * HTTP/1.1 with connections kept alive: everything but SubscribeToShard works over it, with AWS and with every server
 * that speaks its API, and a connection that hangs holds up one request. Nothing is repeated here: who asked decides.
 */
function createClient({ region, endpoint, credentials }: ClientAddress): KinesisClient {
  return new KinesisClient({
    region,
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ connectionTimeout: 5_000, requestTimeout: requestTimeoutMs }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  });
}

interface ClientAddress {
  readonly region: string;
  readonly endpoint?: string | undefined;
  readonly credentials?: KinesisClientConfig["credentials"] | undefined;
}

function toCredentials(name: string, secret: Secret): NonNullable<KinesisClientConfig["credentials"]> {
  const accessKeyId = textOf(secret, secretKeys.awsAccessKeyId);
  const secretAccessKey = textOf(secret, secretKeys.awsSecretAccessKey);
  const sessionToken = textOf(secret, secretKeys.awsSessionToken);
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new SourceError(
      "SecretInvalid",
      `The Secret ${name} needs the keys ${secretKeys.awsAccessKeyId} and ${secretKeys.awsSecretAccessKey}.`,
    );
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

/** Without the line end that `echo` leaves. */
function textOf(secret: Secret, key: string): string | undefined {
  const bytes = secret[key];
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes).trim() || undefined;
}
