import { readFileSync, statSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";
import ignore, { type Ignore } from "ignore";

/** Left out of every folder unless `.kubelessignore` takes it in again (`!.env`). */
const alwaysIgnored = [
  ".git",
  ".gitignore",
  ".kubelessignore",
  ".DS_Store",
  "node_modules",
  ".env",
  ".env.*",
  "!.env.example",
];

/** The rules of one folder and those above it, each relative to the folder it was written in. */
export interface IgnoreRules {
  /** Whether the file or folder at this path (relative to the root, with `/`) is left out. */
  readonly ignores: (path: string, isFolder: boolean) => boolean;
  /** The rules that hold inside of a folder: those here, and its own `.gitignore`. */
  readonly enter: (folder: string) => IgnoreRules;
}

/**
 * `.gitignore` of every folder and `.kubelessignore` of the root, both in git's syntax. The nearest rule decides;
 * `.kubelessignore` decides over all, so that built files which git ignores can be deployed (`!dist/`).
 */
export function loadIgnoreRules(root: string): IgnoreRules {
  const own = readRules(root, ".kubelessignore");
  const base = [{ folder: "", rules: ignore().add(alwaysIgnored) }, ...readRules(root, ".gitignore")];
  return createRules(root, base, own);
}

interface Level {
  readonly folder: string;
  readonly rules: Ignore;
}

function createRules(root: string, levels: readonly Level[], own: readonly Level[]): IgnoreRules {
  const nearestFirst = [...own, ...levels.toReversed()];
  return {
    ignores: (path, isFolder) => {
      for (const level of nearestFirst) {
        const verdict = judge(level, path, isFolder);
        if (verdict !== undefined) return verdict === "out";
      }
      return false;
    },
    enter: (folder) => createRules(root, [...levels, ...readRules(root, join(folder, ".gitignore"))], own),
  };
}

function judge({ folder, rules }: Level, path: string, isFolder: boolean): "in" | "out" | undefined {
  const local = posix.relative(folder, path);
  const verdict = rules.test(`${local}${isFolder ? "/" : ""}`);
  if (verdict.unignored) return "in";
  return verdict.ignored && !wasTakenInAgain(rules, local) ? "out" : undefined;
}

/** Whoever leaves out the folder around it has been overruled, or we would not be inside. */
function wasTakenInAgain(rules: Ignore, local: string): boolean {
  const parent = posix.dirname(local);
  return parent !== "." && rules.ignores(`${parent}/`);
}

function readRules(root: string, file: string): readonly Level[] {
  const path = join(root, file);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return [];
  const folder = relative(root, join(path, "..")).split(sep).join("/");
  return [{ folder, rules: ignore().add(readFileSync(path, "utf8")) }];
}
