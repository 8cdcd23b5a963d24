import { fileURLToPath } from "node:url";

/** Where a function, a folder or an archive that scenarios deploy lies, as the command line takes it. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}
