import { accessSync, constants } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Whether this package runs from its sources (in its own repository) or as it was published. */
const fromSources = import.meta.url.endsWith(".ts");

/**
 * The command line that starts a program of one of our packages on this machine, as its container image would: from the
 * bundle that the image holds, or, in the repository, from its sources.
 */
export function programOf(
  packageName: string,
  program: "main" | string,
  nodeFlags: readonly string[] = [],
): string[] {
  const folder = dirname(fileURLToPath(import.meta.resolve(`${packageName}/package.json`)));
  const source = program === "main" ? "src/main.ts" : `src/${program}/main.ts`;
  const flags = fromSources ? [...nodeFlags, "--conditions=@kubeless/source"] : nodeFlags;
  return [process.execPath, ...flags, join(folder, fromSources ? source : `dist/${program}.js`)];
}

/** Where a PATH has a program, as a shell would find it; undefined when it has none. Relative entries are passed over. */
export function findProgram(name: string, path = ""): string | undefined {
  const candidates = path
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, name));
  return candidates.find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
