import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Fault, loadPackages, type Package, shippedSources, withoutComments } from "./workspace.ts";

/** Where the names are declared, each as a value of an exported table. */
const declarations = ["names.ts", "event-headers.ts"];

/** Packages that know nothing of ours and so cannot import a name (ARCHITECTURE.md, "The house"). */
const standAlone = ["runtime-node", "local-cluster"];

/**
 * Labels, annotations, finalizers and headers of events are constants of `api-types`, and no other package that can import
 * them writes one out. Single words, which mean other things too, are not looked for. Condition types and reasons are
 * literals of types, which the compiler holds against their tables: what is looked for is a cast that would keep it from it.
 */
export async function checkNames(root: string): Promise<readonly Fault[]> {
  const packages = loadPackages(root);
  const owner = packages.find(({ name }) => name === "api-types");
  if (owner === undefined) return [];
  const names = await declaredNames(owner);
  return packages
    .filter((pack) => pack !== owner && !standAlone.includes(pack.name))
    .flatMap((pack) =>
      shippedSources(pack).flatMap((file) => {
        const where = `packages/${pack.name}/${file}`;
        const text = withoutComments(readFileSync(join(pack.folder, file), "utf8"));
        return [...namesIn(text, names), ...castsIn(text)].map((what) => ({ where, what }));
      }),
    );
}

async function declaredNames({ folder }: Package): Promise<ReadonlySet<string>> {
  const modules = await Promise.all(
    declarations.map((file) => import(pathToFileURL(join(folder, "src", file)).href) as Promise<object>),
  );
  return new Set(
    modules
      .flatMap((module) => Object.values(module))
      .filter((table) => typeof table === "object")
      .flatMap((table) => Object.values(table as object))
      .filter((name) => typeof name === "string" && /[/-]/.test(name)),
  );
}

function namesIn(text: string, names: ReadonlySet<string>): readonly string[] {
  return [...text.matchAll(/(["'`])((?:(?!\1)[^\\\n])*)\1/g)]
    .map(([, , literal = ""]) => literal)
    .filter((literal) => names.has(literal))
    .map((literal) => `writes out "${literal}": import the constant from @kubeless/api-types.`);
}

function castsIn(text: string): readonly string[] {
  return [...text.matchAll(/\bas (Reason|ConditionType)\b/g)].map(
    ([, type]) =>
      `casts to ${type}: let its type say which there are, so that the compiler can tell a wrong one.`,
  );
}
