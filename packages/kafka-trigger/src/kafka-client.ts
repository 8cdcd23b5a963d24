import { readFile } from "node:fs/promises";
import type { ConnectionOptions } from "node:tls";
import { type KafkaTriggerSpec, secretKeys } from "@kubeless/api-types";
import { type SourceContext, SourceError } from "@kubeless/trigger-kit";
import { type KafkaConfig as ClientOptions, logLevel, type SASLOptions } from "kafkajs";
import type { KafkaConfig } from "./kafka-config.ts";

type Connection = NonNullable<KafkaTriggerSpec["connection"]>;
type Secret = Readonly<Record<string, Uint8Array>>;

/** Where settings and Secrets come from. */
export type ClientContext = Pick<SourceContext<KafkaConfig>, "config" | "secret">;

/** How the client connects: by the trigger's own connection and Secrets, else as the controller is configured. */
export async function toClientOptions(
  { connection }: Pick<Partial<KafkaTriggerSpec>, "connection">,
  context: ClientContext,
): Promise<ClientOptions> {
  const shared = {
    clientId: "kubeless-kafka-trigger",
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5_000,
    requestTimeout: 10_000,
    retry: { retries: 3 },
  };
  if (connection === undefined) return { ...shared, ...(await fromConfig(context.config)) };
  const ssl = await toTls(connection.tls, context);
  const sasl =
    connection.sasl === undefined
      ? undefined
      : toSasl(connection.sasl, await context.secret(connection.sasl.secretName));
  return {
    ...shared,
    brokers: [...connection.brokers],
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
  };
}

async function fromConfig(config: KafkaConfig): Promise<Pick<ClientOptions, "brokers" | "ssl" | "sasl">> {
  const brokers = config.KAFKA_BROKERS.split(",").map((broker) => broker.trim());
  const { KAFKA_USERNAME: username = "", KAFKA_PASSWORD: password = "" } = config;
  return {
    brokers,
    ...(config.KAFKA_ENABLE_TLS ? { ssl: await tlsFromFiles(config) } : {}),
    ...(config.KAFKA_ENABLE_SASL ? { sasl: { mechanism: "plain", username, password } } : {}),
  };
}

async function tlsFromFiles(config: KafkaConfig): Promise<ConnectionOptions> {
  const read = (file: string | undefined) => (file === undefined ? undefined : readFile(file, "utf8"));
  const [ca, cert, key] = await Promise.all([
    read(config.KAFKA_CACERTS),
    read(config.KAFKA_CERT),
    read(config.KAFKA_KEY),
  ]);
  return toConnectionOptions({ ca, cert, key }, config.KAFKA_INSECURE);
}

async function toTls(tls: Connection["tls"], context: ClientContext): Promise<ConnectionOptions | undefined> {
  if (tls === undefined) return undefined;
  const secret: Secret = tls.secretName === undefined ? {} : await context.secret(tls.secretName);
  const files = {
    ca: textOf(secret, secretKeys.certificateAuthority),
    cert: textOf(secret, secretKeys.tlsCertificate),
    key: textOf(secret, secretKeys.tlsKey),
  };
  return toConnectionOptions(files, tls.insecureSkipVerify ?? false);
}

function toConnectionOptions(
  files: { ca: string | undefined; cert: string | undefined; key: string | undefined },
  insecure: boolean,
): ConnectionOptions {
  const given = Object.entries(files).filter(([, text]) => text !== undefined);
  return { ...Object.fromEntries(given), rejectUnauthorized: !insecure };
}

function toSasl({ mechanism, secretName }: NonNullable<Connection["sasl"]>, secret: Secret): SASLOptions {
  const username = textOf(secret, secretKeys.username);
  const password = textOf(secret, secretKeys.password);
  if (username === undefined || password === undefined) {
    throw new SourceError(
      "SecretInvalid",
      `The Secret ${secretName} needs the keys ${secretKeys.username} and ${secretKeys.password}.`,
    );
  }
  return {
    mechanism: mechanism.toLowerCase() as "plain" | "scram-sha-256" | "scram-sha-512",
    username,
    password,
  };
}

/** Without the line end that editors leave behind a secret. */
function textOf(secret: Secret, key: string): string | undefined {
  const bytes = secret[key];
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes).replace(/\r?\n$/, "");
}
