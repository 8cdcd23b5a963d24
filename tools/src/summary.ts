import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What was skipped, a line per group of tests: where, and the group's own name. */
  readonly skippedGroups: readonly string[];
  /** What failed and why, a line each. */
  readonly failures: readonly string[];
}

/**
 * Adds up the test reports (vitest's JSON) that the packages below `root` left in their `.vitest/` folders, one for each
 * run. A test that one run skipped and another ran is not a skipped one.
 */
export function summarize(root: string): Summary {
  const reports = globSync("{packages/*,tools,e2e}/.vitest/report*.json", { cwd: root });
  const files = reports.flatMap(
    (file) => (JSON.parse(readFileSync(join(root, file), "utf8")) as Report).testResults,
  );
  const tests = files.flatMap((file) =>
    file.assertionResults.map((test) => ({
      status: test.status,
      name: nameOf(file.name, [...test.ancestorTitles, test.title]),
      /** What it stands in, from the outermost on. */
      groups: test.ancestorTitles.map((_, index, titles) => nameOf(file.name, titles.slice(0, index + 1))),
      why: (test.failureMessages ?? []).map((message) => ` (${toLine(message)})`).join(""),
    })),
  );
  const broken = files.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  const failed = tests.filter((test) => test.status === "failed");
  const ran = new Set(
    tests.filter((test) => !isSkipped(test)).flatMap((test) => [test.name, ...test.groups]),
  );
  /** A test, and the outermost group of which nothing ran: whose name says what it waits for. */
  const skipped = new Map(
    tests
      .filter((test) => isSkipped(test) && !ran.has(test.name))
      .map(({ name, groups }) => [name, groups.find((group) => !ran.has(group)) ?? name]),
  );
  return {
    passed: tests.filter((test) => test.status === "passed").length,
    failed: failed.length + broken.length,
    skipped: skipped.size,
    skippedGroups: groups([...skipped.values()]),
    failures: [
      ...failed.map((test) => `${test.name}${test.why}`),
      ...broken.map((file) => `${placeOf(file.name)}: ${toLine(file.message ?? "could not be loaded")}`),
    ],
  };
}

/** What an error says, without where it was thrown: what a program wrote comes after the line that names its command. */
function toLine(message: string): string {
  const [said = ""] = message.split(/\n\s*at /);
  return said.trim().replaceAll(/\s+/g, " ").slice(0, 500);
}

function isSkipped({ status }: { readonly status: string }): boolean {
  return ["skipped", "pending", "todo", "disabled"].includes(status);
}

function groups(lines: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return [...counts].map(([line, count]) => (count === 1 ? line : `${line} (${count} tests)`)).sort();
}

function nameOf(file: string, titles: readonly string[]): string {
  return `${placeOf(file)}: ${titles.join(" › ")}`;
}

function placeOf(file: string): string {
  return file.replace(/^.*?\/((?:packages\/[^/]+|tools|e2e)\/)/, "$1");
}
