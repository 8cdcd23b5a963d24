import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { promisify } from "node:util";
import type { ownHeader } from "./digest.ts";
import type { Fault } from "./fault.ts";
import type { StoredEvent } from "./verdict.ts";

/** An event to be published. */
export interface NewEvent {
  readonly key: string;
  /** The value of the header {@link ownHeader}. */
  readonly header: string;
  readonly body: Buffer;
}

/** A real broker: what a run publishes to, reads back, and takes away. */
export interface Broker {
  /** The kind of trigger that reads from it, and that trigger's spec but for selector and delivery. */
  readonly kind: "KafkaTrigger" | "NATSTrigger" | "KinesisTrigger";
  readonly spec: Readonly<Record<string, unknown>>;
  readonly deadLetter: Readonly<Record<string, string>>;
  /** The order that the trigger is to keep: with `partition` first deliveries ascend within a lane. */
  readonly ordering: "none" | "partition";
  /** Milliseconds between two writes of a position, where they are further apart than the kit's commits. */
  readonly commitIntervalMs?: number;
  /** The environment of the controller. */
  readonly environment: Readonly<Record<string, string>>;
  /** Kills and pauses of its own, and whatever else only it has. */
  readonly faults: readonly Fault[];
  /** From now on it takes no dead letter, or takes them again. */
  refuseDeadLetters(refuses: boolean): Promise<void>;
  /** Resolves when the broker has them. Sends again what was not acknowledged: a repeat is an event of its own. */
  publish(events: readonly NewEvent[]): Promise<void>;
  /** Everything it holds, by the position that becomes `event-id`. */
  readBack(): Promise<ReadonlyMap<string, StoredEvent>>;
  /** The digests of the whole dead letters it holds, by the position they came from. */
  readDeadLetters(): Promise<ReadonlyMap<string, readonly string[]>>;
  close(): Promise<void>;
}

/** A broker's server as a process of this machine: a program that is called with `up`, `kill`, `pause` and so on. */
export interface BrokerServer {
  /** What `up` printed: addresses and credentials. */
  readonly environment: Readonly<Record<string, string>>;
  run(...argv: readonly string[]): Promise<void>;
}

const execute = promisify(execFile);

/** Starts the server that `tools`/servers/`name` runs, with its data in `folder`; `more` is what else its `up` is told. */
export async function startBrokerServer(
  tools: string,
  name: string,
  folder: string,
  ...more: readonly string[]
): Promise<BrokerServer> {
  const program = `${tools}/servers/${name}`;
  // Node itself before what package managers put on the PATH in its stead, which a signal would reach alone.
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
  const { stdout } = await execute(program, ["up", "--dir", folder, "--port", "0", ...more], { env });
  const environment = Object.fromEntries(
    stdout
      .trim()
      .split("\n")
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );
  return {
    environment,
    async run(...argv) {
      await execute(program, [...argv, "--dir", folder], { env });
    },
  };
}

/** The two faults of every server: it dies and is started on its data, and it stops answering for a while. */
export function serverFaults(
  server: BrokerServer,
  name: string,
  choose: () => Promise<string> = async () => "all",
): readonly Fault[] {
  let chosen = "";
  const to = (verb: string) => async () => {
    chosen = await choose();
    await server.run(verb, chosen);
  };
  return [
    {
      name: `${name} was killed`,
      lastsMs: 2_000,
      begin: to("kill"),
      end: () => server.run("start", chosen),
    },
    {
      name: `${name} was paused`,
      lastsMs: 5_000,
      begin: to("pause"),
      end: () => server.run("resume", chosen),
    },
  ];
}
