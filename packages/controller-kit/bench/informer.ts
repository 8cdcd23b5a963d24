import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "tsup";

/**
 * Bars C1 to C4: our informer beside client-node's, alternating, each bundled as a container image holds it and in a
 * process of its own: ours as our images start Node, client-node's by Node's defaults, and once more as ours is started;
 * medians of 3 rounds.
 */
const ROUNDS = 3;
const PROGRAMS = ["kit", "client-node"];
/** The flags of our controllers' images. */
const FLAGS = ["--max-semi-space-size=4"];
const SUBJECTS = [
  { name: "kit", program: "kit", flags: FLAGS },
  { name: "client-node", program: "client-node", flags: [] },
  { name: "client-node with the kit's flags", program: "client-node", flags: FLAGS },
];
type Subject = (typeof SUBJECTS)[number];
type Figures = Record<string, number>;

const folder = await mkdtemp(join(import.meta.dirname, "../dist-bench-"));
await bundle();

const results = SUBJECTS.map((): Figures[] => []);
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [index, subject] of SUBJECTS.entries()) results[index]?.push(await measure(subject));
}

await rm(folder, { recursive: true });

const medians = results.map(toMedians);
const [kit = {}, other = {}] = medians;
const ratio = (figure: string) => ((kit[figure] ?? 0) / (other[figure] ?? 1)).toFixed(2);
console.table(Object.fromEntries(SUBJECTS.map(({ name }, index) => [name, medians[index]])));
console.log(`C1 sync CPU        ${ratio("cpuMs")} × client-node's (bar: at most 1.3)`);
console.log(`C2 RSS after sync  ${ratio("rssMb")} × client-node's (bar: at most 0.75)`);
console.log(`C3 watch events    ${Math.round(kit.eventsPerSecond ?? 0)}/s (bar: at least 20,000/s)`);
console.log(
  `C4 cut to resumed  ${Math.round(kit.resumeMs ?? 0)} ms, ${kit.listsAfterCut} lists (bar: 2 s, none)`,
);

async function bundle(): Promise<void> {
  const banner =
    'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
  await build({
    config: false,
    silent: true,
    entry: PROGRAMS.map((program) => join(import.meta.dirname, `${program}.ts`)),
    outDir: folder,
    format: "esm",
    target: "node22",
    splitting: false,
    minify: true,
    noExternal: [/.*/],
    banner: { js: banner },
    esbuildOptions: (options) => {
      options.conditions = ["@kubeless/source"];
    },
  });
}

async function measure({ program, flags }: Subject): Promise<Figures> {
  const server = fork(join(import.meta.dirname, "server.ts"));
  const [{ port }] = (await once(server, "message")) as [{ port: number }];
  const child = fork(join(folder, `${program}.js`), [String(port)], { execArgv: ["--expose-gc", ...flags] });
  const [figures] = (await once(child, "message")) as [Figures];
  server.kill();
  return figures;
}

function toMedians(rounds: readonly Figures[]): Figures {
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(
    names.map((name) => {
      const sorted = rounds.map((figures) => figures[name] ?? 0).sort((left, right) => left - right);
      return [name, Math.round((sorted[Math.floor(sorted.length / 2)] ?? 0) * 10) / 10];
    }),
  );
}
