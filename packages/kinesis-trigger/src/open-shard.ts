import type { KinesisClient } from "@aws-sdk/client-kinesis";
import type { Attempts, Deliver, Part, SourceContext } from "@kubeless/trigger-kit";
import { type Checkpoint, isBehind, type Place, toCheckpoint, toCheckpointNotes } from "./checkpoint.ts";
import type { KinesisConfig } from "./kinesis-config.ts";
import type { Room } from "./room.ts";
import { type From, startShardReader } from "./shard-reader.ts";
import type { Start } from "./start.ts";
import { type KinesisPosition, toRecords } from "./to-records.ts";

export interface OpenShardOptions {
  readonly client: KinesisClient;
  readonly stream: string;
  readonly created: string;
  readonly shard: string;
  /** Held, with the checkpoint in its notes. */
  readonly part: Part;
  readonly start: Start;
  readonly keptMs: number;
  readonly deliver: Deliver;
  readonly room: Room;
  readonly context: Pick<SourceContext<KinesisConfig>, "log" | "revoke" | "positionLost">;
  /** Whether the stream is another one of the same name, which has positions of its own: it is then opened anew. */
  readonly wasRemade: () => Promise<boolean>;
  /** Everything of the closed shard is done, and that is written down. */
  readonly finished: () => void;
  readonly fault: (error: Error | undefined) => void;
}

/** A shard that this replica holds and reads. */
export interface OpenShard {
  readonly part: Part;
  /** Resolves when the checkpoint is written. */
  commit(position: KinesisPosition): Promise<void>;
  saveAttempts(position: KinesisPosition, attempts: Attempts): Promise<void>;
  /** See `ShardReader.ageMs`. */
  ageMs(): number | undefined;
  /** Resolves when nothing is delivered any more. */
  stop(): Promise<void>;
}

export function openShard(options: OpenShardOptions): OpenShard {
  const { part, shard, stream, created, context } = options;
  const found = toCheckpoint(part.notes, created);
  const attempts = new Map(found.attempts);
  let after: Place | undefined = found.after;
  let delivered: Place | undefined;
  /** What was done before, and comes again with the record of the stream that it is a part of. */
  let skipped = found.after;
  let hasEnded = false;
  let isFinishing = false;

  const write = (change: Partial<Checkpoint> = {}) =>
    part.write(toCheckpointNotes({ after, isFinished: false, attempts, ...change }, created));

  const reader = startShardReader({
    ...options,
    room: options.room.wait,
    from: toFrom(found.after, options.start, shard),
    deliver(wire) {
      const records = toRecords(wire, { stream, shard, after: skipped, attempts: found.attempts });
      delivered = (records.at(-1)?.position as KinesisPosition | undefined) ?? delivered;
      if (records.length > 0) options.deliver(records);
    },
    ended() {
      hasEnded = true;
      void finish();
    },
    async positionLost({ how, message }) {
      if (how === "unknown") {
        if (await options.wasRemade()) return false;
        skipped = undefined;
      }
      context.positionLost(
        undefined,
        `${stream} does not know the position in ${shard} any more (${message}): it is read on from the oldest record that it keeps.`,
      );
      return true;
    },
  });

  /** The children may begin when nothing of their parent runs any more. */
  async function finish(): Promise<void> {
    if (!hasEnded || isFinishing || (delivered !== undefined && delivered !== after)) return;
    isFinishing = true;
    try {
      await context.revoke([shard]);
      await write({ isFinished: true, attempts: new Map() });
      options.finished();
    } catch (err) {
      context.log.warn(
        { shard, err },
        "The end of the shard was not written down: its next holder will do it",
      );
    }
  }

  return {
    part,
    async commit(position) {
      after = position;
      for (const [id] of attempts) if (!isBehind(toPlace(id), position)) attempts.delete(id);
      await write();
      void finish();
    },
    async saveAttempts({ id }, count) {
      attempts.set(id, count);
      await write();
    },
    ageMs: reader.ageMs,
    stop: reader.stop,
  };
}

function toFrom(after: Place | undefined, start: Start, shard: string): From {
  if (after !== undefined)
    return after.sub === undefined ? { after: after.sequence } : { at: after.sequence };
  const end = start.after.get(shard);
  if (end !== undefined) return { after: end };
  return start.from === "trimHorizon" ? start.from : { time: start.from };
}

/** The place in an id `shard:sequence[:sub]`. */
function toPlace(id: string): Place {
  const [, sequence = "0", sub] = id.split(":");
  return { sequence, ...(sub === undefined ? {} : { sub: Number(sub) }) };
}
