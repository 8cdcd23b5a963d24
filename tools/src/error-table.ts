import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Fault, loadPackages, type Package } from "./workspace.ts";

interface ErrorEntry {
  readonly message: string;
  readonly action: string;
}

/**
 * A package's errors are one table (`export const errors` in `src/errors.ts`: code → message and action), and the table
 * under "## Errors" in its README says the same: a row `| CODE | message | action |` for each, and no other row.
 */
export async function checkErrorTables(root: string): Promise<readonly Fault[]> {
  const faults = await Promise.all(loadPackages(root).map(checkPackage));
  return faults.flat();
}

async function checkPackage(pack: Package): Promise<readonly Fault[]> {
  const source = join(pack.folder, "src/errors.ts");
  if (!existsSync(source)) return [];
  const where = `packages/${pack.name}`;
  const module = (await import(pathToFileURL(source).href)) as {
    errors?: Readonly<Record<string, ErrorEntry>>;
  };
  if (module.errors === undefined)
    return [{ where: `${where}/src/errors.ts`, what: "exports no table called errors." }];
  const rows = documentedRows(join(pack.folder, "README.md"));
  const codes = new Set([...Object.keys(module.errors), ...rows.keys()]);
  return [...codes].flatMap((code) =>
    compare(`${where}/README.md`, code, module.errors?.[code], rows.get(code)),
  );
}

function compare(
  where: string,
  code: string,
  entry: ErrorEntry | undefined,
  row: string | undefined,
): readonly Fault[] {
  if (entry === undefined)
    return [{ where, what: `documents the error ${code}, which src/errors.ts does not have.` }];
  const wanted = `${cell(entry.message)} | ${cell(entry.action)}`;
  if (row === undefined)
    return [{ where, what: `does not document the error ${code}: add the row | ${code} | ${wanted} |.` }];
  return row === wanted
    ? []
    : [{ where, what: `says of ${code}: "${row}"; src/errors.ts says: "${wanted}".` }];
}

function documentedRows(readme: string): ReadonlyMap<string, string> {
  if (!existsSync(readme)) return new Map();
  const section = /^## Errors\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(readFileSync(readme, "utf8"))?.[1] ?? "";
  const rows = section.matchAll(/^\|\s*`?([A-Za-z][\w-]*)`?\s*\|\s*(.*?)\s*\|\s*$/gm);
  return new Map(
    [...rows]
      .filter((row) => row[1] !== "code")
      .map((row) => [row[1] ?? "", (row[2] ?? "").replace(/ +\| /g, " | ")]),
  );
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
