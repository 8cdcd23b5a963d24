import { fileURLToPath } from "node:url";

/** Where the functions that scenarios deploy lie, as the command line takes them. */
export function functionFile(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
