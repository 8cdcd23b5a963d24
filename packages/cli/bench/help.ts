import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What `--help` costs over a Node that does nothing, side by side in one run; build first. */
const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
const rounds = 15;
const contenders: Record<string, string[]> = {
  "node -e 0": ["-e", "0"],
  "kubeless --help": [bin, "--help"],
  "kubeless function --help": [bin, "function", "--help"],
};

const times = new Map(Object.keys(contenders).map((name) => [name, [] as number[]]));
for (let round = 0; round < rounds; round += 1)
  for (const [name, argv] of Object.entries(contenders)) {
    const start = performance.now();
    spawnSync(process.execPath, argv, { stdio: "ignore" });
    times.get(name)?.push(performance.now() - start);
  }

const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const base = median(times.get("node -e 0") ?? []);
for (const [name, values] of times)
  console.log(
    `${name.padEnd(26)} ${median(values).toFixed(0).padStart(5)} ms  ${(median(values) / base).toFixed(2)}×`,
  );
