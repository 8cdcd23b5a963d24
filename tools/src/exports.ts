import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { type ExportTarget, type Fault, loadPackages, type Package } from "./workspace.ts";

/**
 * Exports in both directions: what package.json declares was built with its types, and what was built is declared.
 * Programs (`dist/<name>.js` from a `main.ts`) and the chunks a bundler cuts are not doors. Run after a build.
 */
export function checkExports(root: string): readonly Fault[] {
  return loadPackages(root).flatMap((pack) => [
    ...declaredButNotBuilt(pack),
    ...builtButNotDeclared(pack),
    ...wrongShape(pack),
  ]);
}

function doors(pack: Package): readonly [string, ExportTarget][] {
  return Object.entries(pack.manifest.exports ?? {}).filter(
    (entry): entry is [string, ExportTarget] => typeof entry[1] === "object",
  );
}

function declaredButNotBuilt(pack: Package): readonly Fault[] {
  const targets = [
    ...doors(pack).flatMap(([, target]) => [target["@kubeless/source"], target.types, target.default]),
    ...Object.values(pack.manifest.bin ?? {}),
  ];
  return targets
    .filter((file) => !existsSync(join(pack.folder, file)))
    .map((file) => ({
      where: `packages/${pack.name}/package.json`,
      what: `declares ${file}, which does not exist after the build.`,
    }));
}

function builtButNotDeclared(pack: Package): readonly Fault[] {
  const declared = new Set(
    [...doors(pack).map(([, target]) => target.default), ...Object.values(pack.manifest.bin ?? {})].map(
      (file) => file.replace(/^\.\//, ""),
    ),
  );
  const programs = new Set(globSync("src/**/main.ts", { cwd: pack.folder }).map((file) => programOf(file)));
  return globSync("dist/*.js", { cwd: pack.folder })
    .filter((file) => !declared.has(file) && !programs.has(file) && !/-[A-Z0-9]{8}\.js$/.test(file))
    .map((file) => ({
      where: `packages/${pack.name}/${file}`,
      what: "was built but no export of package.json leads to it.",
    }));
}

function wrongShape(pack: Package): readonly Fault[] {
  return doors(pack)
    .filter(([, target]) => Object.keys(target).join() !== "@kubeless/source,types,default")
    .map(([door]) => ({
      where: `packages/${pack.name}/package.json`,
      what: `export "${door}" must name @kubeless/source, types and default, in this order (the first that matches counts).`,
    }));
}

function programOf(main: string): string {
  const folder = main.split("/").at(-2) ?? "";
  return `dist/${folder === "src" ? "main" : folder}.js`;
}
