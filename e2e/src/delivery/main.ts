import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { render } from "./render.ts";
import { runDelivery } from "./run-delivery.ts";
import { openSource, type SourceName, sourceNames } from "./sources.ts";

const usage = `Delivers events of a real broker through faults, and judges what the function saw.

  pnpm --filter @kubeless/e2e delivery --source kafka --guarantee atLeastOnce --events 100000 --faults 30 --seed 1

  --source      ${sourceNames.join(", ")}
  --guarantee   atLeastOnce (default) or atMostOnce
  --events      how many are published, 10000 by default
  --faults      how many faults at least, 20 by default
  --seed        the same seed publishes the same events and plans the same faults, 1 by default

KUBELESS_TEST_TOOLS names the folder whose servers/kafka, servers/nats and servers/kinesis start, kill and pause brokers.
`;

const { values } = parseArgs({
  options: {
    source: { type: "string" },
    guarantee: { type: "string", default: "atLeastOnce" },
    events: { type: "string", default: "10000" },
    faults: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});
const tools = process.env.KUBELESS_TEST_TOOLS;
const { source = "", guarantee } = values;
const isGuarantee = guarantee === "atLeastOnce" || guarantee === "atMostOnce";

const [events, faults, seed] = [Number(values.events), Number(values.faults), Number(values.seed)];
const areCounts = [events, faults, seed].every(Number.isSafeInteger) && events > 0 && faults > 0;

if (
  values.help ||
  !isGuarantee ||
  !areCounts ||
  tools === undefined ||
  !sourceNames.includes(source as SourceName)
) {
  process.stderr.write(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  const folder = await mkdtemp(join(tmpdir(), "delivery-"));
  const { broker, program } = await openSource(source as SourceName, tools, join(folder, "broker"));
  const verdict = await runDelivery({
    broker,
    program,
    guarantee,
    events,
    faults,
    seed,
    folder: join(folder, "run"),
    tell: (line) => process.stderr.write(`${line}\n`),
  }).finally(() => broker.close());
  process.stdout.write(render(verdict));
  process.exitCode = verdict.violations.length === 0 ? 0 : 1;
}
