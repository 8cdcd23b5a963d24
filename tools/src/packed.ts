import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Fault, loadPackages, type Package } from "./workspace.ts";

/** A Node to import under: how it is called in messages, and its binary. */
export interface NodeVersion {
  readonly name: string;
  readonly binary: string;
}

/**
 * A package as its users get it: packed, held against publint and attw, installed into an empty folder (with those of
 * our packages that it depends on, packed too), and each of its doors imported under every Node in `nodes`.
 * Run after a build; needs the npm registry or a warm pnpm store.
 */
export function checkPacked(root: string, name: string, nodes: readonly NodeVersion[]): readonly Fault[] {
  const packages = loadPackages(root);
  const pack = packages.find((candidate) => candidate.name === name);
  if (pack === undefined) return [{ where: `packages/${name}`, what: "does not exist." }];
  const folder = mkdtempSync(join(tmpdir(), "packed-"));
  try {
    const tarballs = withDependencies(packages, pack).map((member) => packInto(member, folder));
    return [
      ...install(pack, tarballs, folder),
      ...lint(pack, tarballs[0]?.[1] ?? ""),
      ...imports(pack, folder, nodes),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Without hoisting, so that a dependency that is used and not declared is not found. */
function install(
  pack: Package,
  tarballs: readonly (readonly [string, string])[],
  folder: string,
): readonly Fault[] {
  const dependencies = Object.fromEntries(tarballs.map(([member, file]) => [member, `file:${file}`]));
  const manifest = { private: true, dependencies, pnpm: { overrides: dependencies } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  return run(
    pack,
    "cannot be installed into an empty folder",
    "pnpm",
    [
      "install",
      "--ignore-workspace",
      "--prefer-offline",
      "--ignore-scripts",
      "--no-lockfile",
      "--config.hoist=false",
    ],
    folder,
  );
}

function withDependencies(
  packages: readonly Package[],
  pack: Package,
  seen = new Set<string>(),
): readonly Package[] {
  if (seen.has(pack.name)) return [];
  seen.add(pack.name);
  const names = Object.keys({ ...pack.manifest.dependencies, ...pack.manifest.peerDependencies });
  const members = packages.filter((candidate) => names.includes(candidate.manifest.name));
  return [pack, ...members.flatMap((member) => withDependencies(packages, member, seen))];
}

function packInto(pack: Package, folder: string): readonly [string, string] {
  const target = mkdtempSync(join(folder, "tarball-"));
  execFileSync("pnpm", ["pack", "--pack-destination", target], { cwd: pack.folder, stdio: "ignore" });
  return [pack.manifest.name, join(target, readdirSync(target)[0] ?? "")];
}

function lint(pack: Package, tarball: string): readonly Fault[] {
  return [
    ...run(
      pack,
      "is not clean under publint",
      "publint",
      [tarball, "--strict", "--level", "warning"],
      pack.folder,
    ),
    ...run(
      pack,
      "is not clean under attw",
      "attw",
      [tarball, "--profile", "esm-only", "--no-emoji"],
      pack.folder,
    ),
  ];
}

function imports(pack: Package, folder: string, nodes: readonly NodeVersion[]): readonly Fault[] {
  const doors = Object.keys(pack.manifest.exports ?? {}).filter((door) => door !== "./package.json");
  const program = doors
    .map((door) => `await import(${JSON.stringify(pack.manifest.name + door.slice(1))});`)
    .join("\n");
  return nodes.flatMap(({ name, binary }) =>
    run(
      pack,
      `cannot be imported under Node ${name}`,
      binary,
      ["--input-type=module", "--eval", `${program}\nprocess.exit(0);`],
      folder,
    ),
  );
}

function run(
  pack: Package,
  what: string,
  command: string,
  argv: readonly string[],
  cwd: string,
): readonly Fault[] {
  try {
    execFileSync(command, argv, { cwd, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
    return [];
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    return [
      {
        where: `packages/${pack.name}`,
        what: `${what}:\n${`${stdout}${stderr}`.trim().split("\n").slice(-20).join("\n")}`,
      },
    ];
  }
}
