import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureMemory } from "../src/delivery/measure-memory.ts";
import { openSource } from "../src/delivery/sources.ts";

const mostMegabytes = 50;

/** What so many events that a function cannot keep up with cost a trigger's controller, as a row for each broker; Linux. */
export async function* judgeMemory(tools: string, events: number): AsyncIterable<string> {
  for (const source of ["kafka", "jet-stream"] as const) {
    const folder = await mkdtemp(join(tmpdir(), "memory-"));
    const { broker, program } = await openSource(source, tools, join(folder, "broker"));
    const run = { broker, program, events, slowMs: 60_000, folder: join(folder, "run") };
    const { before, after } = await measureMemory(run).finally(broker.close);
    await rm(folder, { recursive: true, force: true });
    const grown = after - before;
    const what = `${source}: peak with ${events.toLocaleString("en")} events queued, over that after 1,000 (${before.toFixed(0)} MiB)`;
    const verdict = grown <= mostMegabytes ? "holds" : "**missed**";
    yield `| E6 | ${what} | ≤ ${mostMegabytes} MiB | ${grown.toFixed(0)} MiB | ${verdict} |`;
  }
}
