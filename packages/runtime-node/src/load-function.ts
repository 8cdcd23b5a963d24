import { existsSync, readdirSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Surroundings } from "./call.ts";
import { RuntimeFailure } from "./errors.ts";
import type { Handler } from "./function.ts";

/** A function's module, loaded: what is called for each event, and what once at either end. */
export interface LoadedFunction {
  readonly handler: Handler;
  readonly init?: Lifecycle;
  readonly shutdown?: Lifecycle;
}

/** An optional export `init` or `shutdown`: called once, before the first event or after the last one. */
type Lifecycle = (context: Surroundings) => unknown;

const endings = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"];

/**
 * The file of a function's module: the first of `module.js`, `.mjs`, `.cjs`, `.ts`, `.mts`, `.cts` in the folder; a
 * module that is named with its ending is that file.
 * @throws RuntimeFailure `FILE_NOT_FOUND`, saying which files there are.
 */
export function findModuleFile(folder: string, module: string): string {
  const candidates = endings.includes(extname(module)) ? [module] : endings.map((ending) => module + ending);
  const file = candidates.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (file !== undefined) return file;
  throw new RuntimeFailure(
    "FILE_NOT_FOUND",
    `${candidates.join(" or ")} in ${folder}; ${describeFolder(folder)}`,
  );
}

/**
 * Imports a function's file once, in this process: CommonJS, ES module or TypeScript (types are stripped by Node).
 * The handler is the export of that name, on the module or on its default export; a default export that is itself a
 * function is the handler whatever its name, as in Kubeless. Without a name the file must have one function to offer.
 * @throws RuntimeFailure that names the file and the missing package, line or export.
 */
export async function loadFunction(file: string, name?: string): Promise<LoadedFunction> {
  const module = await importFile(file);
  const handler = name === undefined ? onlyFunction(module) : functionNamed(module, name);
  if (handler === undefined)
    throw new RuntimeFailure("EXPORT_NOT_FOUND", describeExports(file, module, name));
  return { handler, ...lifecycle(module, "init", handler), ...lifecycle(module, "shutdown", handler) };
}

type Exports = Readonly<Record<string, unknown>>;

async function importFile(file: string): Promise<Exports> {
  try {
    return (await import(pathToFileURL(file).href)) as Exports;
  } catch (error) {
    throw explainImport(file, error);
  }
}

function functionNamed(module: Exports, name: string): Handler | undefined {
  const candidates = [ownFunction(module, name), ownFunction(module.default, name), module.default];
  return candidates.find((candidate): candidate is Handler => typeof candidate === "function");
}

function onlyFunction(module: Exports): Handler | undefined {
  if (typeof module.default === "function") return module.default as Handler;
  const [first, ...others] = namesOfFunctions(module);
  return first === undefined || others.length > 0 ? undefined : functionNamed(module, first);
}

function lifecycle(module: Exports, name: "init" | "shutdown", handler: Handler): { [name]?: Lifecycle } {
  const found = ownFunction(module, name) ?? ownFunction(module.default, name);
  return found === undefined || found === handler ? {} : { [name]: found as unknown as Lifecycle };
}

function ownFunction(holder: unknown, name: string): Handler | undefined {
  if ((typeof holder !== "object" && typeof holder !== "function") || holder === null) return undefined;
  if (!Object.hasOwn(holder, name)) return undefined;
  const value = (holder as Exports)[name];
  return typeof value === "function" ? (value as Handler) : undefined;
}

function namesOfFunctions(module: Exports): readonly string[] {
  const holders = [module, module.default].filter((holder) => typeof holder === "object" && holder !== null);
  const names = holders.flatMap((holder) =>
    Object.keys(holder as Exports).filter((name) => ownFunction(holder, name) !== undefined),
  );
  return [...new Set(names)].filter((name) => !["init", "shutdown", "module.exports"].includes(name));
}

function describeExports(file: string, module: Exports, name: string | undefined): string {
  const names = namesOfFunctions(module);
  const wanted = name === undefined ? "one function to serve" : `a function "${name}"`;
  const has = names.length === 0 ? "it exports no function" : `it exports ${names.join(", ")}`;
  return `${file} has not ${wanted}; ${has}`;
}

function describeFolder(folder: string): string {
  try {
    const files = readdirSync(folder).filter((name) => name !== "node_modules");
    return files.length === 0 ? "the folder is empty" : `it holds ${files.slice(0, 20).join(", ")}`;
  } catch (error) {
    return `it cannot be read (${(error as NodeJS.ErrnoException).code})`;
  }
}

function explainImport(file: string, cause: unknown): RuntimeFailure {
  const { code, message, stack } = toError(cause);
  if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND")
    return new RuntimeFailure("DEPENDENCY_NOT_FOUND", `${file}: ${firstLine(message)}`, { cause });
  if (cause instanceof SyntaxError || code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX")
    return new RuntimeFailure("SYNTAX_INVALID", `${placeOf(file, stack)}: ${firstLine(message)}`, { cause });
  return new RuntimeFailure("LOAD_FAILED", `${placeOf(file, stack)}: ${firstLine(message)}`, { cause });
}

function toError(cause: unknown): { code?: string; message: string; stack: string } {
  if (!(cause instanceof Error)) return { message: String(cause), stack: "" };
  const { code } = cause as NodeJS.ErrnoException;
  return {
    ...(code === undefined ? {} : { code }),
    message: `${cause.name}: ${cause.message}`,
    stack: cause.stack ?? "",
  };
}

function placeOf(file: string, stack: string): string {
  const line = stack.split(`${basename(file)}:`)[1]?.match(/^\d+/)?.[0];
  return line === undefined ? file : `${file}:${line}`;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
