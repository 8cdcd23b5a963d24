import { existsSync, readFileSync } from "node:fs";
import { defineConfig, type Options } from "tsup";

/**
 * One build for every package, read from its package.json: what `exports` declares becomes a library entry
 * (dependencies stay outside), and `src/main.ts`, where there is one, becomes the one file that a container image holds.
 */
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  exports?: Record<string, unknown>;
  bin?: Record<string, string>;
};

const entries: Record<string, string> = {};
for (const target of Object.values(manifest.exports ?? {})) {
  if (typeof target !== "object" || target === null || !("@kubeless/source" in target)) continue;
  const source = String(target["@kubeless/source"]);
  entries[source.replace(/^\.\/src\//, "").replace(/\.ts$/, "")] = source;
}
if (existsSync("src/bin.ts")) entries.bin = "./src/bin.ts";

const shared: Options = {
  format: "esm",
  target: "node22",
  platform: "node",
  outDir: "dist",
  sourcemap: false,
  dts: false,
};

export default defineConfig([
  { ...shared, entry: entries, clean: true, splitting: true },
  ...(existsSync("src/main.ts")
    ? [
        {
          ...shared,
          entry: { main: "src/main.ts" },
          splitting: false,
          noExternal: [/.*/],
          minify: true,
          keepNames: true,
          esbuildOptions: (options: { conditions?: string[] }) => {
            options.conditions = ["@kubeless/source"];
          },
          banner: {
            js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
          },
        } satisfies Options,
      ]
    : []),
]);
