import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Fault, loadPackages, type Package } from "./workspace.ts";

/**
 * What is generated is what the generator writes. Each package with a `generate` script lists under `generated` in its
 * package.json what that script writes; it is run, compared with what was there, and what was there is put back.
 */
export function checkGenerated(root: string): readonly Fault[] {
  return loadPackages(root)
    .filter((pack) => pack.manifest.scripts?.generate !== undefined)
    .flatMap((pack) =>
      (pack.manifest.generated ?? []).length === 0 ? [undeclared(pack)] : differences(root, pack),
    );
}

function undeclared(pack: Package): Fault {
  return {
    where: `packages/${pack.name}/package.json`,
    what: 'has a "generate" script but does not list under "generated" what it writes.',
  };
}

function differences(root: string, pack: Package): readonly Fault[] {
  const before = snapshot(pack);
  execFileSync("pnpm", ["run", "--silent", "generate"], {
    cwd: pack.folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const after = snapshot(pack);
  for (const [file, text] of before) if (after.get(file) !== text) writeFileSync(file, text);
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((file) => before.get(file) !== after.get(file))
    .map((file) => ({
      where: relative(root, file),
      what: `is not what its generator writes: run pnpm --filter ${pack.manifest.name} generate and commit the result.`,
    }));
}

function snapshot(pack: Package): ReadonlyMap<string, string> {
  const files = (pack.manifest.generated ?? []).map((name) => join(pack.folder, name)).flatMap(filesBelow);
  return new Map(files.sort().map((file) => [file, readFileSync(file, "latin1")]));
}

function filesBelow(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return globSync("**/*", { cwd: path })
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile());
}
