import { readFileSync } from "node:fs";

/** This release: the tag of the images that the local platform stands in for. */
export function readVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return manifest.version;
}
