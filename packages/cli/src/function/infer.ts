import { basename } from "node:path";
import { toError } from "../errors.ts";
import type { FolderFile } from "../source/folder.ts";
import type { Source } from "../source/source.ts";
import { exportsOf } from "./exports-of.ts";

export interface RuntimeChoice {
  /** `nodejs24` */
  readonly name: string;
  /** `nodejs` */
  readonly id: string;
  readonly version: string;
  /** `.js` */
  readonly fileSuffix: string;
}

/** Endings that are the same language as a runtime's own. */
const sameLanguage: Readonly<Record<string, string>> = {
  ".mjs": ".js",
  ".cjs": ".js",
  ".mts": ".ts",
  ".cts": ".ts",
};

/**
 * The handler that was given, or the only function that the source exports.
 * @throws CliError HandlerMissing, with what there is to choose from
 */
export function inferHandler(source: Source): string {
  const file = mainFileOf(source);
  if (file === undefined)
    throw toError("HandlerMissing", {
      source: source.from,
      suggestion:
        "Say it with --handler MODULE.FUNCTION: the file's name without its ending, and the export's.",
    });
  const module = moduleOf(file.path);
  const names = exportsOf(new TextDecoder().decode(file.bytes));
  const [only] = names;
  if (only !== undefined && names.length === 1) return `${module}.${only}`;
  const offers = names.map((name) => `--handler ${module}.${name}`).join(", ");
  const suggestion =
    offers === ""
      ? `Export a function from ${file.path}, and name it with --handler ${module}.NAME.`
      : `Choose one: ${offers}.`;
  throw toError("HandlerMissing", { source: source.from, suggestion });
}

/** The newest runtime of the language that the source's file is written in; undefined when it does not tell. */
export function inferRuntime(
  source: Source,
  handler: string,
  runtimes: readonly RuntimeChoice[],
): RuntimeChoice | undefined {
  const module = handler.split(".")[0] ?? "";
  const named = source.files.find(({ path }) => !path.includes("/") && moduleOf(path) === module);
  const file = named ?? mainFileOf(source);
  const ending = /\.[^.]+$/.exec(file?.path ?? "")?.[0] ?? "";
  return newestFirst(runtimes).find(({ fileSuffix }) => fileSuffix === (sameLanguage[ending] ?? ending));
}

/** The runtimes with the highest version first. */
function newestFirst<T extends Pick<RuntimeChoice, "version">>(runtimes: readonly T[]): readonly T[] {
  return runtimes.toSorted((a, b) => b.version.localeCompare(a.version, "en", { numeric: true }));
}

/** The one file; of a folder its index, or the only code at its root. */
function mainFileOf({ files, isFolder }: Source): FolderFile | undefined {
  if (!isFolder) return files[0];
  const atRoot = files.filter(
    ({ path }) => /^[^/]+\.[cm]?[jt]s$/.test(path) && !/\.(test|spec|d)\.|\.config\./.test(path),
  );
  return (
    atRoot.find(({ path }) => moduleOf(path) === "index") ?? (atRoot.length === 1 ? atRoot[0] : undefined)
  );
}

/** What a handler calls the file: a module's name holds letters, digits, `-` and `_`. */
function moduleOf(path: string): string {
  return basename(path)
    .replace(/\.[^.]+$/, "")
    .replaceAll(/[^-\w]/g, "_");
}
