import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { type Fault, loadPackages, type Package } from "./workspace.ts";

/** A Node to import under: how it is called in messages, and its binary. */
export interface NodeVersion {
  readonly name: string;
  readonly binary: string;
}

interface Packed extends Package {
  readonly tarball: string;
}

/**
 * Every package as its users get it: packed, held against publint and attw, installed into an empty folder of its own
 * (our packages that it depends on come from their tarballs), and each of its doors imported under every Node in `nodes`.
 * Run after a build; needs the npm registry or a warm pnpm store.
 */
export async function checkPacked(root: string, nodes: readonly NodeVersion[]): Promise<readonly Fault[]> {
  const folder = mkdtempSync(join(tmpdir(), "packed-"));
  try {
    const packed = pack(root, folder);
    const linted = await Promise.all(packed.map(lint));
    return [...install(packed, folder), ...linted.flat(), ...imports(packed, folder, nodes)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function pack(root: string, folder: string): readonly Packed[] {
  const argv = ["--recursive", "--filter", "./packages/*", "pack", "--pack-destination", folder];
  execFileSync("pnpm", argv, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  return loadPackages(root).map((member) => {
    const { name, version } = member.manifest;
    return { ...member, tarball: join(folder, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`) };
  });
}

/** Without hoisting, so that a dependency that is used and not declared is not found. */
function install(packed: readonly Packed[], folder: string): readonly Fault[] {
  const tarballs = Object.fromEntries(
    packed.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]),
  );
  for (const { name, manifest } of packed) {
    mkdirSync(join(folder, name));
    const dependencies = { [manifest.name]: tarballs[manifest.name] };
    writeFileSync(join(folder, name, "package.json"), JSON.stringify({ private: true, dependencies }));
    writeFileSync(join(folder, name, "doors.mjs"), doorsOf(manifest).join("\n"));
  }
  const workspace = { packages: ["*"], overrides: tarballs, hoist: false };
  writeFileSync(join(folder, "pnpm-workspace.yaml"), JSON.stringify(workspace));
  const argv = ["install", "--prefer-offline", "--ignore-scripts", "--no-lockfile"];
  return run("cannot be installed into an empty folder", "pnpm", argv, folder);
}

function doorsOf({ name, exports = {} }: Package["manifest"]): readonly string[] {
  return Object.keys(exports)
    .filter((door) => door !== "./package.json")
    .map((door) => `import ${JSON.stringify(name + door.slice(1))};`);
}

async function lint({ name, tarball }: Packed): Promise<readonly Fault[]> {
  const where = `packages/${name}`;
  const data = readFileSync(tarball);
  const { messages, pkg } = await publint({
    pack: { tarball: Uint8Array.from(data).buffer },
    level: "warning",
    strict: true,
  });
  const types = await checkPackage(createPackageFromTarballData(data));
  const problems = types.types === false ? [{ kind: "Untyped" }] : types.problems.filter(isOfModules);
  return [
    ...messages.map(
      (message) => `is not clean under publint: ${formatMessage(message, pkg) ?? message.code}`,
    ),
    ...problems.map((problem) => `is not clean under attw: ${JSON.stringify(problem)}`),
  ].map((what) => ({ where, what }));
}

/** Our packages are for `import` only: how TypeScript resolves a `require` of them is no concern (attw's profile esm-only). */
function isOfModules(problem: object): boolean {
  return !("resolutionKind" in problem && ["node10", "node16-cjs"].includes(String(problem.resolutionKind)));
}

function imports(packed: readonly Packed[], folder: string, nodes: readonly NodeVersion[]): readonly Fault[] {
  const doors = packed.map(({ name }) => `import("./${name}/doors.mjs")`);
  const program = `
    const results = await Promise.allSettled([${doors}]);
    const reasons = results.flatMap(({ reason }) => reason ?? []);
    console.error(...reasons);
    process.exit(reasons.length);`;
  writeFileSync(join(folder, "imports.mjs"), program);
  return nodes.flatMap(({ name, binary }) =>
    run(`cannot be imported under Node ${name}`, binary, ["imports.mjs"], folder),
  );
}

function run(what: string, command: string, argv: readonly string[], cwd: string): readonly Fault[] {
  try {
    execFileSync(command, argv, { cwd, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
    return [];
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    return [{ where: "packages", what: `${what}:\n${`${stdout}${stderr}`.trim()}` }];
  }
}
