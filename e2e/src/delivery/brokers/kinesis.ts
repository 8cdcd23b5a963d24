import { setTimeout } from "node:timers/promises";
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
  type _Record as WireRecord,
} from "@aws-sdk/client-kinesis";
import { deadLetterHeaders, type KinesisTriggerSpec } from "@kubeless/api-types";
import { kinesisAdmin, kinesisKind } from "@kubeless/kinesis-trigger";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { type Broker, type NewEvent, serverFaults, startBrokerServer } from "../broker.ts";
import { startBrokerProxy } from "../broker-proxy.ts";
import { digestOf, digestOfWhole } from "../digest.ts";
import type { Fault } from "../fault.ts";
import { untilItSucceeds } from "../until-it-succeeds.ts";
import type { StoredEvent } from "../verdict.ts";
import { reshardFaults, untilActive } from "./reshard-faults.ts";
import { startThrottlingProxy } from "./throttling-proxy.ts";

const stream = "events";
const deadStream = "dead-events";

export async function startKinesis(tools: string, folder: string): Promise<Broker> {
  const server = await startBrokerServer(tools, "kinesis", folder);
  const { KINESIS_ENDPOINT: endpoint = "", AWS_REGION: region = "", ...env } = server.environment;
  const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = env;
  const client = new KinesisClient({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ requestTimeout: 10_000 }),
  });
  for (const [StreamName, ShardCount] of [
    [stream, 3],
    [deadStream, 1],
  ] as const) {
    await client.send(new CreateStreamCommand({ StreamName, ShardCount }));
    await untilActive(client, StreamName);
  }
  const throttling = await startThrottlingProxy(endpoint);
  const proxy = await startBrokerProxy([throttling.endpoint]);
  const publishing = createPublishing(client);
  const spec = { stream, "aws-region": region, startPosition: "trimHorizon" };
  const deadLetter = { stream: deadStream };
  const [killed, ...otherServerFaults] = serverFaults(server, "Kinesis");
  if (killed === undefined) throw new Error("A server can be killed.");

  return {
    kind: "KinesisTrigger",
    spec,
    deadLetter,
    ordering: "partition",
    commitIntervalMs: 1_250,
    environment: {
      KINESIS_ENDPOINT: `http://${proxy.addresses[0]}`,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
    faults: [
      publishing.heldDuring(killed),
      ...otherServerFaults,
      proxy.fault,
      ...reshardFaults(client, stream),
      {
        name: "reads were throttled",
        lastsMs: 4_000,
        begin: () => throttling.refuse("GetRecords"),
        end: throttling.allow,
      },
    ],
    // Events are published without it.
    refuseDeadLetters: async (refuses) =>
      refuses ? throttling.refuse("PutRecord", "PutRecords") : throttling.allow(),
    publish: publishing.publish,
    async readBack() {
      const stored = new Map<string, StoredEvent>();
      const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: stream }));
      for (const { ShardId: lane = "" } of Shards) {
        const records = await readShard(client, lane);
        for (const [
          index,
          { SequenceNumber, PartitionKey: key = "", Data: body = Buffer.alloc(0) },
        ] of records.entries())
          stored.set(`${lane}:${SequenceNumber}`, {
            lane,
            index,
            digest: digestOf(body),
            whole: digestOfWhole({ key, header: "", body }),
          });
      }
      return stored;
    },
    async readDeadLetters() {
      const session = await kinesisAdmin.open({
        config: { KINESIS_ENDPOINT: endpoint },
        spec: toSpec({ ...spec, secret: "keys", delivery: { guarantee: "atLeastOnce", deadLetter } }),
        namespace: "default",
        trigger: "delivery",
        secret: async () => ({
          aws_access_key_id: Buffer.from(accessKeyId),
          aws_secret_access_key: Buffer.from(secretAccessKey),
        }),
        signal: AbortSignal.timeout(60_000),
      });
      const letters = new Map<string, string[]>();
      for await (const { key, headers, body } of session.deadLetters?.list() ?? []) {
        const id = headers[deadLetterHeaders.id] ?? "";
        const whole = digestOfWhole({ key: new TextDecoder().decode(key), header: "", body });
        letters.set(id, [...(letters.get(id) ?? []), whole]);
      }
      await session.close();
      return letters;
    },
    async close() {
      proxy.close();
      throttling.close();
      client.destroy();
      await server.run("down", "--purge");
    },
  };
}

function toSpec(spec: object): KinesisTriggerSpec {
  const parsed = kinesisKind.parse({
    apiVersion: kinesisKind.resource.apiVersion,
    kind: kinesisKind.resource.kind,
    metadata: { name: "delivery" },
    spec: { "function-name": "target", ...spec },
  });
  if (!parsed.ok) throw new Error(`The trigger is not valid: ${JSON.stringify(parsed.faults)}`);
  return parsed.value.spec;
}

/** What the emulator was given so long ago is on its disk. */
const persistedMs = 3_000;

function createPublishing(client: KinesisClient) {
  let held: PromiseWithResolvers<void> | undefined;
  let sending: Promise<void> = Promise.resolve();
  return {
    async publish(events: readonly NewEvent[]): Promise<void> {
      while (held !== undefined) await held.promise;
      sending = send(client, events);
      await sending;
    },
    /** The same fault, at a time when the emulator has written down everything that it acknowledged. */
    heldDuring: (fault: Fault): Fault => ({
      ...fault,
      async begin() {
        held = Promise.withResolvers();
        await sending;
        await setTimeout(persistedMs);
        await fault.begin();
      },
      async end() {
        await fault.end();
        held?.resolve();
        held = undefined;
      },
    }),
  };
}

/** Kinesis may take some of a request and refuse the rest: that is sent again. */
async function send(client: KinesisClient, events: readonly NewEvent[]): Promise<void> {
  let left = events;
  await untilItSucceeds(async () => {
    const { Records = [] } = await client.send(
      new PutRecordsCommand({
        StreamName: stream,
        Records: left.map(({ key, body }) => ({ PartitionKey: key, Data: body })),
      }),
    );
    left = left.filter((_, at) => Records[at]?.SequenceNumber === undefined);
    if (left.length > 0) throw new Error(`Kinesis did not take ${left.length} of the records.`);
  });
}

/** As far as it goes now, in its order. */
async function readShard(client: KinesisClient, ShardId: string): Promise<readonly WireRecord[]> {
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({ StreamName: stream, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
  );
  const records: WireRecord[] = [];
  for (let next = ShardIterator; next !== undefined; ) {
    const answer = await client.send(new GetRecordsCommand({ ShardIterator: next }));
    records.push(...(answer.Records ?? []));
    next = answer.MillisBehindLatest === 0 ? undefined : answer.NextShardIterator;
  }
  return records;
}
