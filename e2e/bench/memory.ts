// What a queue that a function cannot keep up with costs a trigger's controller. `node bench/memory.ts [EVENTS]`; Linux.
// KUBELESS_TEST_TOOLS names the folder whose servers/kafka and servers/nats start brokers.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureMemory } from "../src/delivery/measure-memory.ts";
import { openSource } from "../src/delivery/sources.ts";

const tools = process.env.KUBELESS_TEST_TOOLS;
if (tools === undefined)
  throw new Error("KUBELESS_TEST_TOOLS is not set: it names the folder with servers/.");
const events = Number(process.argv[2] ?? 1_000_000);
console.log(
  "| bar | source | events | peak after 1,000 | after all | wanted | measured | |\n|---|---|---|---|---|---|---|---|",
);
for (const source of ["kafka", "jet-stream"] as const) {
  const folder = await mkdtemp(join(tmpdir(), "memory-"));
  const { broker, program } = await openSource(source, tools, join(folder, "broker"));
  const run = { broker, program, events, slowMs: 60_000, folder: join(folder, "run") };
  const { before, after } = await measureMemory(run).finally(broker.close);
  const grown = after - before;
  const verdict = grown <= 50 ? "holds" : "**missed**";
  console.log(
    `| E6 | ${source} | ${events} | ${before.toFixed(0)} MiB | ${after.toFixed(0)} MiB | ≤ 50 MiB more | ${grown.toFixed(0)} | ${verdict} |`,
  );
  await rm(folder, { recursive: true, force: true });
}
