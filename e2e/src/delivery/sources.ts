import { fileURLToPath } from "node:url";
import type { Broker } from "./broker.ts";
import { startKafka } from "./brokers/kafka.ts";

const starts = { kafka: startKafka } as const;

export type SourceName = keyof typeof starts;

export const sourceNames = Object.keys(starts) as readonly SourceName[];

/** Starts a broker, and says which program reads from it. */
export async function openSource(
  name: SourceName,
  tools: string,
  folder: string,
): Promise<{ readonly broker: Broker; readonly program: string }> {
  const broker = await starts[name](tools, folder);
  return {
    broker,
    program: fileURLToPath(import.meta.resolve(`@kubeless/${name}-trigger/package.json`)).replace(
      "package.json",
      "src/main.ts",
    ),
  };
}
