import { existsSync, globSync, readFileSync } from "node:fs";
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
    }[];
  }[];
}

export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What was skipped, a line per group of tests: where, and the group's own name. */
  readonly skippedGroups: readonly string[];
  /** What failed, a line each. */
  readonly failures: readonly string[];
}

/** Adds up the test reports (vitest's JSON) that the packages below `root` left in their `.vitest/` folders. */
export function summarize(root: string, reportNames: readonly string[] = ["report.json"]): Summary {
  const reports = reportNames.flatMap((name) =>
    globSync([`packages/*/.vitest/${name}`, `tools/.vitest/${name}`, `e2e/.vitest/${name}`], { cwd: root }),
  );
  const files = reports
    .filter((file) => existsSync(join(root, file)))
    .flatMap((file) => (JSON.parse(readFileSync(join(root, file), "utf8")) as Report).testResults);
  const tests = files.flatMap((file) =>
    file.assertionResults.map((test) => ({ ...test, file: placeOf(file.name) })),
  );
  const broken = files.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  const failed = tests.filter((test) => test.status === "failed");
  const skipped = tests.filter((test) => ["skipped", "pending", "todo", "disabled"].includes(test.status));
  return {
    passed: tests.filter((test) => test.status === "passed").length,
    failed: failed.length + broken.length,
    skipped: skipped.length,
    skippedGroups: groups(skipped.map((test) => `${test.file}: ${test.ancestorTitles[0] ?? test.title}`)),
    failures: [
      ...failed.map((test) => `${test.file}: ${[...test.ancestorTitles, test.title].join(" › ")}`),
      ...broken.map(
        (file) => `${placeOf(file.name)}: ${file.message?.split("\n")[0] ?? "could not be loaded"}`,
      ),
    ],
  };
}

function groups(lines: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return [...counts].map(([line, count]) => (count === 1 ? line : `${line} (${count} tests)`)).sort();
}

function placeOf(file: string): string {
  return file.replace(/^.*?\/((?:packages\/[^/]+|tools|e2e)\/)/, "$1");
}
