import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Fault, loadPackages, shippedSources, withoutComments } from "./workspace.ts";

/** The environment is read once, at the edge: `process.env` stands in files called `main.ts` (and `bin.ts`) only. */
export function checkEnvironment(root: string): readonly Fault[] {
  return loadPackages(root).flatMap((pack) =>
    shippedSources(pack)
      .filter((file) => !["main.ts", "bin.ts"].includes(basename(file)))
      .filter((file) => readsEnvironment(withoutComments(readFileSync(join(pack.folder, file), "utf8"))))
      .map((file) => ({
        where: `packages/${pack.name}/${file}`,
        what: "reads process.env: take what it needs as an argument and read the environment in main.ts.",
      })),
  );
}

function readsEnvironment(text: string): boolean {
  return [
    /\bprocess\s*(\?\.|\.)\s*env\b/,
    /\bprocess\[["']env["']\]/,
    /\{[^;]*\benv\b[^;]*\}\s*=\s*process\b/,
    /\{[^;]*\benv\b[^;]*\}\s*from\s*["'](?:node:)?process["']/,
  ].some((way) => way.test(text));
}
