import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the routers tell pods how to reach services; see preload/main.ts. */
export function routesFile(dataDir: string): string {
  return join(dataDir, "routes.json");
}

/** Puts the program that Node programs of pods load first into the data folder and returns its path. */
export function installPreload(dataDir: string): string {
  const path = join(dataDir, "preload.mjs");
  writeFileSync(path, readPreload());
  return path;
}

/** In the published package it is one built file; in the repository it is source, whose types are taken off. */
function readPreload(): string {
  const built = fileURLToPath(new URL("./preload.js", import.meta.url));
  if (existsSync(built)) return readFileSync(built, "utf8");
  const source = fileURLToPath(new URL("./preload/main.ts", import.meta.url));
  return stripTypeScriptTypes(readFileSync(source, "utf8"));
}
