import type { KinesisTriggerSpec } from "@kubeless/api-types";
import { type Capabilities, type EventSource, writeIntervalMs } from "@kubeless/trigger-kit";
import { writeDeadLetter } from "./dead-letter.ts";
import { findStream } from "./find-stream.ts";
import { followShards } from "./follow-shards.ts";
import { openClient } from "./kinesis-client.ts";
import { type KinesisConfig, kinesisConfig } from "./kinesis-config.ts";
import { toSourceError } from "./kinesis-error.ts";
import { createRoom } from "./room.ts";
import type { KinesisPosition } from "./to-records.ts";

const capabilities: Capabilities = {
  guarantees: ["atMostOnce", "atLeastOnce"],
  orderings: ["none", "key", "partition"],
  backPressure: "pause",
  work: "shared",
  commitsEveryMs: writeIntervalMs.atLeastOnce,
};

/** Reads a Kinesis stream, shard by shard, each held by one replica whose Lease keeps the position. */
export const kinesisSource: EventSource<KinesisTriggerSpec, KinesisConfig> = {
  config: kinesisConfig,
  capabilities: () => capabilities,
  async open({ spec }, deliver, context) {
    const client = await openClient(spec, context);
    const found = await findStream(client, spec, context).catch((error: unknown) => {
      client.destroy();
      throw toSourceError(error, spec.stream);
    });
    const room = createRoom();
    const { stream, shard: only } = spec;
    const shards = followShards({ ...found, client, stream, only, room, deliver, context });
    const shardOf = (position: unknown) => {
      const shard = shards.open.get((position as KinesisPosition).shard);
      if (shard === undefined) throw new Error("The shard is held by another replica, or read to its end.");
      return shard;
    };
    return {
      async commit(positions) {
        await Promise.all(positions.map((position) => shardOf(position).commit(position as KinesisPosition)));
      },
      async saveAttempts(entries) {
        await Promise.all(
          entries.map(({ position, attempts }) =>
            shardOf(position).saveAttempts(position as KinesisPosition, attempts),
          ),
        );
      },
      writeDeadLetter: (record, _cause, headers) =>
        writeDeadLetter(client, spec.delivery.deadLetter?.stream ?? "", record, headers),
      holds: (lane) => shards.open.get(lane)?.part.isHeld() ?? false,
      pause: room.close,
      resume: room.open,
      // Kinesis tells how old the next record is, not how many wait.
      lag: () => Promise.resolve(undefined),
      ageMs: () => Math.max(0, ...[...shards.open.values()].map((shard) => shard.ageMs() ?? 0)),
      async close() {
        await shards.stop();
        client.destroy();
      },
    };
  },
};
