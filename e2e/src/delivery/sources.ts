import { fileURLToPath } from "node:url";
import type { Broker } from "./broker.ts";
import { startJetStream } from "./brokers/jet-stream.ts";
import { startKafka } from "./brokers/kafka.ts";
import { startKinesis } from "./brokers/kinesis.ts";

/** How each broker is started, and the package whose controller reads from it. */
const sources = {
  kafka: { start: startKafka, controller: "@kubeless/kafka-trigger" },
  "jet-stream": { start: jetStream("none"), controller: "@kubeless/nats-trigger" },
  "jet-stream-ordered": { start: jetStream("partition"), controller: "@kubeless/nats-trigger" },
  kinesis: { start: startKinesis, controller: "@kubeless/kinesis-trigger" },
} as const;

export type SourceName = keyof typeof sources;

export const sourceNames = Object.keys(sources) as readonly SourceName[];

function jetStream(ordering: "none" | "partition") {
  return (tools: string, folder: string) => startJetStream(tools, folder, ordering);
}

/** Starts a broker with its data in `folder`, and says which program reads from it. */
export async function openSource(
  name: SourceName,
  tools: string,
  folder: string,
): Promise<{ readonly broker: Broker; readonly program: string }> {
  const { start, controller } = sources[name];
  const program = new URL("./src/main.ts", import.meta.resolve(`${controller}/package.json`));
  return { broker: await start(tools, folder), program: fileURLToPath(program) };
}
