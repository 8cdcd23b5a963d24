import { describe, expect, test } from "vitest";
import { repository } from "./fixtures.ts";
import { summarize } from "./summary.ts";

const assertion = (status: string, title: string, group = "a broker") => ({
  status,
  title,
  ancestorTitles: [group],
});
const report = (...testResults: object[]) => ({ testResults });

describe("the closing line", () => {
  test("adds up every package's report, and names what was skipped and what failed", () => {
    const root = repository({
      "packages/a/.vitest/report.json": report({
        name: "/x/packages/a/src/a.test.ts",
        status: "failed",
        assertionResults: [
          assertion("passed", "one"),
          {
            ...assertion("failed", "two"),
            failureMessages: ["Error: Command failed: a b\nerror: no\n  such b\n    at c.ts:1:2\n    at d"],
          },
        ],
      }),
      "tools/.vitest/report.json": report({
        name: "/x/tools/src/b.test.ts",
        status: "passed",
        assertionResults: [assertion("pending", "three"), assertion("skipped", "four")],
      }),
    });
    expect(summarize(root)).toEqual({
      passed: 1,
      failed: 1,
      skipped: 2,
      skippedGroups: ["tools/src/b.test.ts: a broker (2 tests)"],
      failures: ["packages/a/src/a.test.ts: a broker › two (Error: Command failed: a b error: no such b)"],
    });
  });

  test("names of what was skipped the part that waits for something, where its neighbours ran", () => {
    const root = repository({
      "packages/a/.vitest/report.json": report({
        name: "/x/packages/a/src/a.test.ts",
        status: "passed",
        assertionResults: [
          assertion("passed", "one"),
          assertion("skipped", "needs a cluster"),
          { ...assertion("skipped", "three"), ancestorTitles: ["a broker", "Kafka (KAFKA_BROKERS)"] },
          { ...assertion("skipped", "four"), ancestorTitles: ["a broker", "Kafka (KAFKA_BROKERS)"] },
        ],
      }),
    });
    expect(summarize(root).skippedGroups).toEqual([
      "packages/a/src/a.test.ts: a broker › Kafka (KAFKA_BROKERS) (2 tests)",
      "packages/a/src/a.test.ts: a broker › needs a cluster",
    ]);
  });

  test("counts a file that could not be loaded as a failure", () => {
    const root = repository({
      "packages/a/.vitest/report.json": report({
        name: "/x/packages/a/src/a.test.ts",
        status: "failed",
        message: "Cannot find ./b.ts\nat …",
        assertionResults: [],
      }),
    });
    expect(summarize(root)).toMatchObject({
      failed: 1,
      failures: ["packages/a/src/a.test.ts: Cannot find ./b.ts"],
    });
  });

  test("does not count as skipped what another run of the same suite ran", () => {
    const run = (status: string) =>
      report({
        name: "/x/packages/a/src/a.test.ts",
        status: "passed",
        assertionResults: [assertion(status, "one")],
      });
    const root = repository({
      "packages/a/.vitest/report.json": run("skipped"),
      "packages/a/.vitest/report-cluster.json": run("passed"),
    });
    expect(summarize(root)).toMatchObject({ passed: 1, skipped: 0, skippedGroups: [] });
  });
});
