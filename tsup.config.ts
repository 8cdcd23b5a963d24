import { globSync, readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { defineConfig, type Options } from "tsup";

/**
 * One build for every package. What its package.json declares under `exports` (and each `bin.ts`) is built as a library,
 * dependencies outside. Each `main.ts` becomes one file with everything inside, as container images hold it:
 * `src/main.ts` → `dist/main.js`, `src/provisioner/main.ts` → `dist/provisioner.js`.
 */
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  name: string;
  exports?: Record<string, unknown>;
};

const library: Record<string, string> = {};
for (const target of Object.values(manifest.exports ?? {})) {
  if (typeof target !== "object" || target === null || !("@kubeless/source" in target)) continue;
  const source = String(target["@kubeless/source"]);
  library[source.replace(/^\.\/src\//, "").replace(/\.ts$/, "")] = source;
}
for (const bin of globSync("src/**/bin.ts")) library[nameOf(bin, "bin")] = bin;

const programs: Record<string, string> = {};
for (const main of globSync("src/**/main.ts")) programs[nameOf(main, "main")] = main;

/** A program in a folder of its own has the folder's name. */
function nameOf(file: string, usual: string): string {
  const folder = dirname(file);
  return folder === "src" ? usual : basename(folder);
}

const shared: Options = { format: "esm", target: "node22", platform: "node", outDir: "dist", dts: false };

/** Packages of CommonJS that are put into a build ask for Node's own modules by `require`. */
const withRequire: Options = {
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
};

/**
 * What a library holds instead of leaving it outside: docs/adr/client-node-inside-the-kit.md and kafkajs-with-a-patch.md.
 */
const inside: Readonly<Record<string, string>> = {
  "@kubeless/controller-kit": "@kubernetes/client-node",
  "@kubeless/kafka-trigger": "kafkajs",
};
const held = inside[manifest.name];
const libraries: Options = { ...shared, ...(held !== undefined && { ...withRequire, noExternal: [held] }) };

const bundled: Options = {
  ...shared,
  ...withRequire,
  entry: programs,
  splitting: false,
  noExternal: [/.*/],
  minify: true,
  esbuildOptions: (options) => {
    options.conditions = ["@kubeless/source"];
    options.keepNames = true;
  },
};

export default defineConfig([
  ...(Object.keys(library).length > 0 ? [{ ...libraries, entry: library, splitting: true }] : []),
  ...(Object.keys(programs).length > 0 ? [bundled] : []),
]);
