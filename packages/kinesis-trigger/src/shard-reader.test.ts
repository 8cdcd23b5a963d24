import { type KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { writeAggregate } from "./aggregated-record.ts";
import { connect, endpoint, newStream, put } from "./fixtures/streams.ts";
import { createRoom } from "./room.ts";
import { startShardReader } from "./shard-reader.ts";

describe.skipIf(endpoint === undefined)(
  "a shard that is read (KINESIS_ENDPOINT)",
  { timeout: 30_000 },
  () => {
    let client: KinesisClient;
    beforeAll(() => {
      client = connect();
    });
    afterAll(() => client.destroy());

    test("of what one read brought, an aggregated record waits until there is room for it", async () => {
      const stream = await newStream(client);
      const Data = writeAggregate([{ partitionKey: "k", data: Buffer.from("a"), tags: {} }]);
      await put(client, stream, 2);
      for (let count = 0; count < 2; count += 1)
        await client.send(new PutRecordCommand({ StreamName: stream, Data, PartitionKey: "k" }));
      await put(client, stream, 2);
      const room = createRoom();
      const delivered: number[] = [];
      const reader = startShardReader({
        client,
        stream,
        shard: "shardId-000000000000",
        from: "trimHorizon",
        keptMs: Number.POSITIVE_INFINITY,
        room: room.wait,
        deliver(records) {
          delivered.push(records.length);
          room.close();
        },
        ended: () => undefined,
        fault: () => undefined,
        positionLost: () => Promise.resolve(false),
      });
      onTestFinished(() => reader.stop());
      for (const portions of [[2], [2, 1], [2, 1, 1], [2, 1, 1, 2]]) {
        await expect.poll(() => delivered, { timeout: 10_000 }).toEqual(portions);
        room.open();
      }
    });
  },
);
