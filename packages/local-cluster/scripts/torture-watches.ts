/**
 * 10,000 objects, 100 watchers, conflicting writers; ends with what was seen, and with 1 when anything was wrong:
 *   node scripts/torture-watches.ts [SEED]
 */
import { tortureWatches } from "../src/behaviour/torture/watch.ts";

const seed = Number(process.argv[2] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`seed ${seed}`);
const report = await tortureWatches({ objects: 10_000, watchers: 100, updates: 10_000, seed });
for (const fault of report.faults.slice(0, 20)) console.log(fault);
console.log(
  `${report.events} events seen, ${report.relists} lists again, ${report.conflicts} conflicts, ${report.faults.length} faults`,
);
process.exitCode = report.faults.length === 0 ? 0 : 1;
