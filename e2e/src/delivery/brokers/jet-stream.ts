import { deadLetterHeaders } from "@kubeless/api-types";
import { AckPolicy, connect, DeliverPolicy, type JetStreamClient, type JsMsg } from "nats";
import { type Broker, serverFaults, startBrokerServer } from "../broker.ts";
import { digestOf } from "../function-server.ts";
import { untilItSucceeds } from "../until-it-succeeds.ts";
import type { StoredEvent } from "../verdict.ts";

const stream = "events";
const subject = "events.new";
const deadStream = "dead-events";
const deadSubject = "dead";

export async function startJetStream(tools: string, folder: string): Promise<Broker> {
  const server = await startBrokerServer(tools, "nats", folder);
  const servers = server.environment.NATS_SERVERS ?? "";
  const connection = await connect({
    servers: servers.split(","),
    maxReconnectAttempts: -1,
    pingInterval: 1_000,
    waitOnFirstConnect: true,
  });
  const manager = await connection.jetstreamManager();
  await manager.streams.add({ name: stream, subjects: [subject] });
  await manager.streams.add({ name: deadStream, subjects: [deadSubject] });
  const client = connection.jetstream();

  return {
    kind: "NATSTrigger",
    spec: { topic: subject, jetStream: { stream, deliverPolicy: "all" } },
    deadLetter: { subject: deadSubject },
    ordered: false,
    environment: { NATS_URL: servers },
    faults: serverFaults(server, "NATS"),
    publish: async (events) => {
      await Promise.all(
        events.map(({ body }) => untilItSucceeds(() => client.publish(subject, body, { timeout: 5_000 }))),
      );
    },
    async readBack() {
      const stored = new Map<string, StoredEvent>();
      await readAll(client, stream, ({ seq, data }) =>
        stored.set(`${stream}:${seq}`, { lane: stream, index: seq, digest: digestOf(data) }),
      );
      return stored;
    },
    async readDeadLetters() {
      const letters = new Map<string, string[]>();
      await readAll(client, deadStream, ({ headers, data }) => {
        const id = headers?.get(deadLetterHeaders.id) ?? "";
        letters.set(id, [...(letters.get(id) ?? []), digestOf(data)]);
      });
      return letters;
    },
    async close() {
      await connection.close();
      await server.run("down", "--purge");
    },
  };
}

/** A consumer that the server forgets by itself: what is read does not change what a trigger reads. */
async function readAll(client: JetStreamClient, name: string, each: (message: JsMsg) => void): Promise<void> {
  const manager = await client.jetstreamManager();
  const { state } = await manager.streams.info(name);
  if (state.messages === 0) return;
  const { name: consumer } = await manager.consumers.add(name, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.All,
    inactive_threshold: 60e9,
  });
  const messages = await (await client.consumers.get(name, consumer)).consume({ max_messages: 500 });
  for await (const message of messages) {
    each(message);
    if (message.seq >= state.last_seq) break;
  }
  await manager.consumers.delete(name, consumer);
}
