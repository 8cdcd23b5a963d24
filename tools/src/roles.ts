import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { allSources, type Fault, loadPackages, type Package } from "./workspace.ts";

const everyPackage = ["README.md", "package.json", "tsconfig.json", "src/index.ts"];
const everyController = ["Dockerfile", "manifests", "src/main.ts"];

const rolesByKind: readonly { readonly kind: RegExp; readonly files: readonly string[] }[] = [
  { kind: /./, files: everyPackage },
  { kind: /-trigger$|-controller$/, files: everyController },
  { kind: /^runtime-/, files: ["Dockerfile", "src/main.ts"] },
  { kind: /^(kafka|nats|kinesis)-trigger$/, files: ["src/KIND-source.ts", "src/KIND-source.test.ts"] },
  { kind: /^(cli|local-cluster)$/, files: ["src/bin.ts"] },
];

const mayStandAtTheTop = new Set([
  "README.md",
  "CHANGELOG.md",
  "NOTICE",
  "package.json",
  "tsconfig.json",
  "Dockerfile",
  "manifests",
  "src",
  "bench",
  "crds",
  "schemas",
  "examples",
  "scripts",
  "node_modules",
  "dist",
  ".vitest",
  ".turbo",
  "coverage",
  "api-report.md",
]);

const meaninglessNames = /(^|\/)(utils?|helpers?|common|misc|shared)(\/|\.ts$)/;

/** A package of a kind has the files of its kind, nothing lies about beside them, and no file has a name that says nothing. */
export function checkRoles(root: string): readonly Fault[] {
  return loadPackages(root).flatMap((pack) => [
    ...missing(pack),
    ...strangers(pack),
    ...allSources(pack)
      .filter((file) => meaninglessNames.test(file))
      .map((file) => ({
        where: `packages/${pack.name}/${file}`,
        what: "has a name that says nothing: name it after its noun.",
      })),
    ...allSources(pack)
      .filter((file) => !/^[a-z0-9./-]+$/.test(file))
      .map((file) => ({ where: `packages/${pack.name}/${file}`, what: "is not in kebab-case." })),
  ]);
}

function missing(pack: Package): readonly Fault[] {
  return rolesByKind
    .filter(({ kind }) => kind.test(pack.name))
    .flatMap(({ files }) => files.map((file) => file.replace("KIND", pack.name.replace(/-trigger$/, ""))))
    .filter((file) => !existsSync(join(pack.folder, file)))
    .map((file) => ({
      where: `packages/${pack.name}`,
      what: `has no ${file}, which every package of its kind has.`,
    }));
}

function strangers(pack: Package): readonly Fault[] {
  return readdirSync(pack.folder)
    .filter((name) => !mayStandAtTheTop.has(name))
    .map((name) => ({
      where: `packages/${pack.name}/${name}`,
      what: "is not one of the files a package has: move it below src, bench, examples or scripts.",
    }));
}
