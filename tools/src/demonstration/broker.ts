import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Shell } from "./shell.ts";

/** A broker that answers, and how commands and triggers name it. */
export interface FoundBroker {
  readonly kind: "nats" | "kafka";
  /** For commands: `--servers nats://127.0.0.1:4222`. */
  readonly access: readonly string[];
  /** For a trigger: the same, or nothing where the platform's environment holds the login. */
  readonly connection: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The broker that the environment names as it does for the controllers, else one where brokers usually listen. */
export async function findBroker(environment: Environment): Promise<FoundBroker | undefined> {
  const { NATS_URL, KAFKA_BROKERS } = placesIn(environment);
  if (await answers(new URL(NATS_URL.split(",")[0] ?? ""))) {
    const access = ["--servers", NATS_URL];
    return { kind: "nats", access, connection: NATS_URL.includes("@") ? [] : access };
  }
  if (await answers(new URL(`kafka://${KAFKA_BROKERS.split(",")[0]}`))) {
    const access = ["--brokers", KAFKA_BROKERS];
    const logsIn = environment.KAFKA_ENABLE_SASL !== undefined || environment.KAFKA_ENABLE_TLS !== undefined;
    return { kind: "kafka", access, connection: logsIn ? [] : access };
  }
  return undefined;
}

async function answers({ hostname, port }: URL): Promise<boolean> {
  const socket = connect({ host: hostname, port: Number(port), signal: AbortSignal.timeout(1_000) });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

export function howToStartOne(environment: Environment): string {
  const { NATS_URL, KAFKA_BROKERS } = placesIn(environment);
  return `Nobody answers at ${NATS_URL.replace(/\/\/.*@/, "//")} (NATS) or ${KAFKA_BROKERS} (Kafka). To see a function called by messages,
start a broker, for example with nats-server or docker run -p 4222:4222 nats, and run npm start again. One that is
elsewhere is named by NATS_URL=nats://host:4222 or KAFKA_BROKERS=host:9092.`;
}

function placesIn({
  NATS_URL = "nats://127.0.0.1:4222",
  KAFKA_BROKERS = "127.0.0.1:9092",
}: Environment): Readonly<Record<"NATS_URL" | "KAFKA_BROKERS", string>> {
  return { NATS_URL, KAFKA_BROKERS };
}

/** Sends one message, once the trigger of this name reads, and waits until the function of this name has logged it. */
export async function sendThrough(shell: Shell, broker: FoundBroker, name: string): Promise<void> {
  await untilReady(shell, broker.kind, name);
  const text = `message ${Date.now()}`;
  const message = ["--topic", name, "--data", JSON.stringify({ text }), ...broker.access];
  await shell.kubeless(["trigger", broker.kind, "publish", ...message]);
  await shell.kubelessUntil(text, ["function", "logs", name, "--follow"]);
}

interface Trigger {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

async function untilReady(shell: Shell, kind: string, name: string): Promise<void> {
  for (const patience = AbortSignal.timeout(60_000); ; await delay(200)) {
    const found = shell.ask(["trigger", kind, "describe", name, "-o", "json"]) ?? "{}";
    const { status }: Trigger = JSON.parse(found);
    if (status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True")) return;
    patience.throwIfAborted();
  }
}
