// Measures the way from a message to a function's answer beside what could be done without us, in one run, and prints ratios.
// `node bench/events.ts [EVENTS] [QUEUED]`; Linux. NATS_SERVERS, KAFKA_BROKERS and KINESIS_ENDPOINT name brokers; those that are
// not named are started by KUBELESS_TEST_TOOLS/servers, or left out. QUEUED are the events of E6, which needs those scripts.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import {
  CreateStreamCommand,
  KinesisClient,
  PutRecordsCommand,
  waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import { Kafka, logLevel } from "kafkajs";
import { connect } from "nats";
import { type BrokerServer, startBrokerServer } from "../src/delivery/broker.ts";
import { startConstantFunction } from "./constant-function.ts";
import { judgeMemory } from "./memory.ts";

interface Figures {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

const tools = process.env.KUBELESS_TEST_TOOLS;
const events = Number(process.argv[2] ?? 60_000);
const queued = Number(process.argv[3] ?? 1_000_000);
const rounds = 7;
const body = Buffer.from(JSON.stringify({ event: "x".repeat(103) }));
/** Unanswered messages that core NATS is given at once: it has no other back-pressure. */
const outstanding = 1_000;
const ticksPerSecond = 100;
type Fill = (servers: string, topic: string, count: number) => Promise<void>;

/** Of those that keep what they are given. */
const fillers: Readonly<Record<string, Fill>> = {
  jetstream: fillStream,
  kafka: fillKafka,
  kinesis: fillKinesis,
};

// Emulators of Kinesis take any.
process.env.AWS_ACCESS_KEY_ID ??= "test";
process.env.AWS_SECRET_ACCESS_KEY ??= "test";

const target = await startConstantFunction();
const folder = await mkdtemp(join(tmpdir(), "bench-"));
const started: BrokerServer[] = [];
const nats = await serve("nats", "NATS_SERVERS");
const kafka = await serve("kafka", "KAFKA_BROKERS");
const kinesis = await serve("kinesis", "KINESIS_ENDPOINT");

console.log("| bar | what | wanted | measured | |\n|---|---|---|---|---|");
try {
  if (nats !== undefined) await judgeNats(nats);
  if (nats !== undefined && kafka !== undefined) await judgeSources(nats, kafka);
  if (kinesis !== undefined) await judgeKinesis(kinesis);
} finally {
  for (const server of started) await server.run("down", "--purge");
  await rm(folder, { recursive: true, force: true });
}
if (tools !== undefined && queued > 0) for await (const row of judgeMemory(tools, queued)) console.log(row);
process.exit(0);

/** The broker that the environment names, or one that is started. */
async function serve(name: string, variable: string): Promise<string | undefined> {
  if (process.env[variable] !== undefined || tools === undefined) return process.env[variable];
  const server = await startBrokerServer(tools, name, join(folder, name));
  started.push(server);
  return server.environment[variable];
}

async function judgeNats(servers: string): Promise<void> {
  const one = (name: string, window: number) => () => measure(name, window, servers);
  const [ours, pool, agent, single, lone] = await alternate([
    one("core", 64),
    one("core-pool", 64),
    one("core-agent", 64),
    one("core-pool", 1),
    one("core-anew", 1),
  ]);
  bar("E1", "NATS trigger ÷ a loop over undici.Pool", ours.perSecond / pool.perSecond, 0.8);
  bar("E2", "NATS trigger ÷ a loop over a node:http agent", ours.perSecond / agent.perSecond, 2);
  bar("E3", "NATS trigger ÷ one call at a time, a connection each", ours.perSecond / lone.perSecond, 5);
  compare("NATS trigger ÷ one call at a time, the connection kept", ours, single);
  compare("that loop ÷ a node:http agent", pool, agent);
  compare("that loop ÷ one call at a time, the connection kept", pool, single);
  for (const [what, other] of [
    ["a loop over undici.Pool", pool],
    ["a loop over a node:http agent", agent],
    ["one call at a time, the connection kept", single],
    ["one call at a time, a connection each", lone],
  ] as const)
    tell(`${what} ÷ NATS trigger, CPU per event`, other, ours);
  target.answerMs = 5;
  const [slow, slowPool, slowSingle] = await alternate([
    () => measure("core", 64, servers, events / 2),
    () => measure("core-pool", 64, servers, events / 2),
    () => measure("core-pool", 1, servers, events / 100),
  ]);
  target.answerMs = 0;
  bar(
    "E3",
    "NATS trigger ÷ one call at a time, a function of 5 ms",
    slow.perSecond / slowSingle.perSecond,
    50,
  );
  compare("that loop ÷ one call at a time, a function of 5 ms", slowPool, slowSingle);
}

async function judgeSources(nats: string, kafka: string): Promise<void> {
  const [core, stream, bareStream, topic, bareTopic] = await alternate([
    () => measure("core", 64, nats),
    () => measure("jetstream", 64, nats),
    () => measure("jetstream-pool", 64, nats),
    () => measure("kafka", 64, kafka),
    () => measure("kafka-pool", 64, kafka),
  ]);
  bar("E5", "JetStream at least once ÷ core NATS", stream.perSecond / core.perSecond, 0.6);
  bar("E5", "Kafka at least once ÷ core NATS", topic.perSecond / core.perSecond, 0.6);
  for (const [name, ours, bare] of [
    ["JetStream", stream, bareStream],
    ["Kafka", topic, bareTopic],
  ] as const) {
    compare(`${name} ÷ a loop over its client`, ours, bare);
    tell(`${name} ÷ that loop, CPU per event`, ours, bare);
  }
}

async function judgeKinesis(endpoint: string): Promise<void> {
  const count = events / 10;
  const [ours, bare] = await alternate([
    () => measure("kinesis", 64, endpoint, count),
    () => measure("kinesis-pool", 64, endpoint, count),
  ]);
  compare("Kinesis ÷ a loop over its client", ours, bare);
  tell("Kinesis ÷ that loop, CPU per event", ours, bare);
}

/** Alternates, so that what else the machine does meets all of them; medians. */
async function alternate<const Subjects extends readonly (() => Promise<Figures>)[]>(
  subjects: Subjects,
): Promise<{ [Index in keyof Subjects]: Figures }> {
  const figures = subjects.map((): Figures[] => []);
  for (let round = 0; round < rounds; round += 1)
    for (const [index, subject] of subjects.entries()) figures[index]?.push(await subject());
  const middle = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
  return figures.map((all) => ({
    perSecond: middle(all.map(({ perSecond }) => perSecond)),
    cpuMicroseconds: middle(all.map(({ cpuMicroseconds }) => cpuMicroseconds)),
  })) as { [Index in keyof Subjects]: Figures };
}

/** Events per second, and the subject's CPU for each, after a fifth of them. */
async function measure(name: string, window: number, servers: string, wanted = events): Promise<Figures> {
  const topic = `bench-${crypto.randomUUID()}`;
  const isCore = name.startsWith("core");
  const count = Math.ceil(wanted * (window === 1 && target.answerMs === 0 ? 0.25 : 1));
  const none = target.calls;
  await fillers[name.split("-")[0] ?? ""]?.(servers, topic, count);
  const child = fork(
    new URL("./subject.ts", import.meta.url),
    [name, `${target.port}`, `${window}`, topic, servers],
    { execArgv: ["--conditions=@kubeless/source", "--no-warnings"] },
  );
  const died = once(child, "exit").then(([code]) => {
    if (code !== null) throw new Error(`${name} ended with ${code} before it was measured.`);
  });
  const orDies = (what: Promise<unknown>) => Promise.race([what, died]);
  if (isCore) await orDies(once(child, "message"));
  const publishing = isCore ? publishCore(servers, topic, count) : undefined;
  await orDies(target.until(none + Math.ceil(count / 5)));
  const before = await cpuSeconds(child.pid);
  const [from, startedMs] = [target.calls, performance.now()];
  await orDies(target.until(none + count));
  const seconds = (performance.now() - startedMs) / 1000;
  const measured = none + count - from;
  const cpuMicroseconds = (((await cpuSeconds(child.pid)) - before) * 1e6) / measured;
  await publishing;
  child.kill("SIGKILL");
  await died;
  process.stderr.write(
    `${name} at ${window}: ${Math.round(measured / seconds)}/s, ${cpuMicroseconds.toFixed(0)} µs of CPU\n`,
  );
  return { perSecond: measured / seconds, cpuMicroseconds };
}

async function publishCore(servers: string, subject: string, count: number): Promise<void> {
  const connection = await connect({ servers });
  const none = target.calls;
  for (let sent = 0; sent < count; ) {
    for (; sent < count && sent + none - target.calls < outstanding; sent += 1)
      connection.publish(subject, body);
    await pause(1);
  }
  await connection.drain();
}

async function fillStream(servers: string, stream: string, count: number): Promise<void> {
  const connection = await connect({ servers });
  const manager = await connection.jetstreamManager();
  await manager.streams.add({ name: stream, subjects: [stream] });
  for (let sent = 0; sent < count; sent += 1) connection.publish(stream, body);
  await connection.flush();
  while ((await manager.streams.info(stream)).state.messages < count) await pause(10);
  await connection.close();
}

async function fillKafka(brokers: string, topic: string, count: number): Promise<void> {
  const kafka = new Kafka({ brokers: brokers.split(","), logLevel: logLevel.NOTHING });
  const [admin, producer] = [kafka.admin(), kafka.producer()];
  await Promise.all([admin.connect(), producer.connect()]);
  await admin.createTopics({ topics: [{ topic, numPartitions: 4 }], waitForLeaders: true });
  const messages = Array.from({ length: 500 }, () => ({ value: body }));
  for (let sent = 0; sent < count; sent += 500)
    await producer.send({ topic, messages: messages.slice(0, count - sent) });
  await Promise.all([admin.disconnect(), producer.disconnect()]);
}

async function fillKinesis(endpoint: string, StreamName: string, count: number): Promise<void> {
  const client = new KinesisClient({ region: "us-east-1", endpoint });
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }));
  await waitUntilStreamExists({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StreamName });
  for (let sent = 0; sent < count; sent += 500) {
    const Records = Array.from({ length: Math.min(500, count - sent) }, (_, at) => ({
      Data: body,
      PartitionKey: String(at),
    }));
    await client.send(new PutRecordsCommand({ StreamName, Records }));
  }
  client.destroy();
}

async function cpuSeconds(pid: number | undefined): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

function bar(name: string, what: string, measured: number, bound: number): void {
  const verdict = measured >= bound ? "holds" : "**missed**";
  console.log(`| ${name} | ${what} | ≥ ${bound} | ${measured.toFixed(2)} | ${verdict} |`);
}

function compare(what: string, one: Figures, other: Figures): void {
  console.log(`| – | ${what} | | ${(one.perSecond / other.perSecond).toFixed(2)} | |`);
}

function tell(what: string, one: Figures, other: Figures): void {
  const [of, by] = [one.cpuMicroseconds, other.cpuMicroseconds];
  console.log(`| – | ${what} (${of.toFixed(0)} ÷ ${by.toFixed(0)} µs) | | ${(of / by).toFixed(2)} | |`);
}
