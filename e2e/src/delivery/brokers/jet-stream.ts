import { deadLetterHeaders } from "@kubeless/api-types";
import {
  AckPolicy,
  connect,
  DeliverPolicy,
  headers,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  type MsgHdrs,
} from "nats";
import { type Broker, serverFaults, startBrokerServer } from "../broker.ts";
import { startBrokerProxy, type Telling } from "../broker-proxy.ts";
import { digestOf, digestOfWhole, ownHeader } from "../digest.ts";
import { untilItSucceeds } from "../until-it-succeeds.ts";
import type { StoredEvent } from "../verdict.ts";

const stream = "events";
const subject = "events.new";
const deadStream = "dead-events";
const deadSubject = "dead";

/** Three servers, each of which has everything: what is true of one alone is true of them, but not the other way round. */
const replicas = 3;

/** https://docs.nats.io/reference/reference-protocols/nats-protocol#info */
const telling: Telling = {
  spell: (port) => Buffer.from(`"127.0.0.1:${port}"`),
  countWhole(bytes) {
    const last = bytes.lastIndexOf("\r\n");
    return last === -1 ? 0 : last + 2;
  },
};

export async function startJetStream(
  tools: string,
  folder: string,
  ordering: "none" | "partition",
): Promise<Broker> {
  const server = await startBrokerServer(tools, "nats", folder, "--nodes", `${replicas}`);
  const servers = server.environment.NATS_SERVERS ?? "";
  const proxy = await startBrokerProxy(servers.split(","), telling);
  const connection = await connect({
    servers: servers.split(","),
    maxReconnectAttempts: -1,
    pingInterval: 1_000,
    waitOnFirstConnect: true,
  });
  const manager = await connection.jetstreamManager();
  await manager.streams.add({ name: stream, subjects: [subject], num_replicas: replicas });
  await manager.streams.add({ name: deadStream, subjects: [deadSubject], num_replicas: replicas });
  const client = connection.jetstream();

  return {
    kind: "NATSTrigger",
    spec: { topic: subject, jetStream: { stream, deliverPolicy: "all" } },
    deadLetter: { subject: deadSubject },
    ordering,
    environment: { NATS_URL: proxy.addresses.join(",") },
    faults: [
      ...serverFaults(server, "NATS"),
      ...serverFaults(server, "the leader of NATS", () => findLeader(manager)),
      proxy.fault,
    ],
    async refuseDeadLetters(refuses) {
      await manager.streams.update(deadStream, { max_msg_size: refuses ? 1 : -1 });
    },
    publish: async (events) => {
      await Promise.all(
        events.map(({ header, body }) => {
          const options = { timeout: 5_000, ...(header === "" ? {} : { headers: ownHeaders(header) }) };
          return untilItSucceeds(() => client.publish(subject, body, options));
        }),
      );
    },
    async readBack() {
      const stored = new Map<string, StoredEvent>();
      await readAll(client, stream, (message) =>
        stored.set(`${stream}:${message.seq}`, {
          lane: stream,
          index: message.seq,
          digest: digestOf(message.data),
          whole: wholeOf(message),
        }),
      );
      return stored;
    },
    async readDeadLetters() {
      const letters = new Map<string, string[]>();
      await readAll(client, deadStream, (message) => {
        const id = message.headers?.get(deadLetterHeaders.id) ?? "";
        letters.set(id, [...(letters.get(id) ?? []), wholeOf(message)]);
      });
      return letters;
    },
    async close() {
      proxy.close();
      await connection.close();
      await server.run("down", "--purge");
    },
  };
}

/** The number of the server that leads the trigger's consumer, or the stream where there is none yet. */
function findLeader(manager: JetStreamManager): Promise<string> {
  return untilItSucceeds(async () => {
    const { cluster = {} } =
      (await manager.consumers.list(stream).next())[0] ?? (await manager.streams.info(stream));
    if (cluster.leader === undefined) throw new Error(`${stream} has no leader.`);
    return cluster.leader.replace("node-", "");
  });
}

function ownHeaders(header: string): MsgHdrs {
  const own = headers();
  own.set(ownHeader, header);
  return own;
}

function wholeOf({ headers: own, data }: JsMsg): string {
  return digestOfWhole({ key: "", header: own?.get(ownHeader) ?? "", body: data });
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
