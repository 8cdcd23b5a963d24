// One way from a broker to a function, in a process of its own. `node bench/subject.ts NAME PORT WINDOW TOPIC SERVERS`.
import { setTimeout as pause } from "node:timers/promises";
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
} from "@aws-sdk/client-kinesis";
import { Kafka, logLevel } from "kafkajs";
import { AckPolicy, connect } from "nats";
import { bindKafka, bindKinesis, bindNats } from "./binding.ts";
import { agentCaller, type Caller, limit, poolCaller } from "./callers.ts";

const [name = "", portText, windowText, topic = "", servers = ""] = process.argv.slice(2);
const [port, window] = [Number(portText), Number(windowText)];
const region = "us-east-1";
const functionSelector = { matchLabels: { function: "target" } };

const subjects: Readonly<Record<string, () => Promise<void>>> = {
  core: () =>
    bindNats({
      spec: { topic, functionSelector },
      guarantee: "atMostOnce",
      window,
      port,
      environment: { NATS_URL: servers },
    }),
  "core-pool": () => readCore(poolCaller(port, window)),
  "core-agent": () => readCore(agentCaller(port, window)),
  "core-anew": () => readCore(agentCaller(port, window, false)),
  jetstream: () =>
    bindNats({
      spec: { topic, jetStream: { stream: topic, deliverPolicy: "all" }, functionSelector },
      guarantee: "atLeastOnce",
      window,
      port,
      environment: { NATS_URL: servers },
    }),
  "jetstream-pool": readJetStream,
  kafka: () =>
    bindKafka({
      spec: { topic, startPosition: "earliest", functionSelector },
      guarantee: "atLeastOnce",
      window,
      port,
      environment: { KAFKA_BROKERS: servers },
    }),
  "kafka-pool": readKafka,
  kinesis: () =>
    bindKinesis({
      spec: {
        stream: topic,
        "aws-region": region,
        startPosition: "trimHorizon",
        "function-name": "target",
      },
      guarantee: "atLeastOnce",
      window,
      port,
      environment: { KINESIS_ENDPOINT: servers },
    }),
  "kinesis-pool": readKinesis,
};

process.on("disconnect", () => process.exit());
await subjects[name]?.();
process.send?.("ready");

async function readCore(call: Caller): Promise<void> {
  const connection = await connect({ servers });
  const send = limit(call, window);
  connection.subscribe(topic, { queue: "bench", callback: (_, message) => void send(message.data) });
  await connection.flush();
}

async function readJetStream(): Promise<void> {
  const connection = await connect({ servers });
  const manager = await connection.jetstreamManager();
  await manager.consumers.add(topic, { durable_name: "bench", ack_policy: AckPolicy.Explicit });
  const consumer = await connection.jetstream().consumers.get(topic, "bench");
  const messages = await consumer.consume({ max_messages: window * 2 });
  const send = limit(poolCaller(port, window), window);
  void (async () => {
    for await (const message of messages) await send(message.data, () => message.ack());
  })();
}

async function readKafka(): Promise<void> {
  const kafka = new Kafka({ brokers: servers.split(","), logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: "bench", maxWaitTimeInMs: 500 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const call = poolCaller(port, window);
  await consumer.run({
    autoCommitInterval: 100,
    eachBatchAutoResolve: true,
    async eachBatch({ batch, heartbeat }) {
      let left = batch.messages.length;
      const all = Promise.withResolvers<void>();
      const send = limit(call, window, () => {
        left -= 1;
        if (left === 0) all.resolve();
      });
      for (const { value } of batch.messages) await send(value ?? Buffer.alloc(0));
      await all.promise;
      await heartbeat();
    },
  });
}

/** A shard may be read five times a second. */
async function readKinesis(): Promise<void> {
  const client = new KinesisClient({ region, endpoint: servers });
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: topic }));
  const send = limit(poolCaller(port, window), window);
  for (const { ShardId } of Shards) void readShard(client, ShardId, send);
}

async function readShard(
  client: KinesisClient,
  ShardId: string | undefined,
  send: ReturnType<typeof limit>,
): Promise<void> {
  const start = { StreamName: topic, ShardId, ShardIteratorType: "TRIM_HORIZON" } as const;
  let { ShardIterator } = await client.send(new GetShardIteratorCommand(start));
  while (ShardIterator !== undefined) {
    const answer = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 1_000 }));
    for (const { Data } of answer.Records ?? []) await send(Data ?? Buffer.alloc(0));
    ShardIterator = answer.NextShardIterator;
    await pause(250);
  }
}
