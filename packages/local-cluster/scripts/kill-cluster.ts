/**
 * Kills a cluster under load and looks whether what it acknowledged is there, a hundred times or as often as asked:
 *   node scripts/kill-cluster.ts [KILLS] [SEED]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killOverAndOver } from "../src/behaviour/torture/kill.ts";

const kills = Number(process.argv[2] ?? 100);
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31));
const folder = mkdtempSync(join(tmpdir(), "killed-"));
console.log(`${kills} kills, seed ${seed}`);
const { acknowledged, lost, repairs } = await killOverAndOver({ folder, kills, seed });
rmSync(folder, { recursive: true });
for (const fault of lost) console.log(fault);
console.log(`${acknowledged} writes acknowledged, ${lost.length} lost, ${repairs} cut lines repaired`);
process.exitCode = lost.length === 0 ? 0 : 1;
