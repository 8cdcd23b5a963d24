import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { allowedIn, allowedLines } from "../allowed-differences.ts";
import { chapters } from "./chapters/index.ts";
import { clientMinors } from "./clients.ts";
import { splitWords } from "./execute.ts";
import { normalise } from "./normalise.ts";
import { parseTranscript, renderEntry, renderTranscript, toStep } from "./transcript.ts";

const goldenOf = (minor: string) =>
  parseTranscript(readFileSync(join(import.meta.dirname, `golden/${minor}.txt`), "utf8"));
const names = { namespace: "shop-1", node: "node-1", server: "https://127.0.0.1:6443", folder: "/tmp/x" };

test.each(clientMinors)("there are hundreds of commands, and an answer to each for kubectl %s", (minor) => {
  const recorded = goldenOf(minor);
  expect(chapters.flatMap(({ steps }) => steps).length).toBeGreaterThan(250);
  for (const { title, steps } of chapters) {
    const commands = recorded.get(title)?.map((entry) => entry.split("\n")[0]);
    expect(commands).toEqual(steps.map((step) => `$ ${toStep(step).run}`));
  }
});

test("what was recorded reads back as it was written", () => {
  const entry = { command: "kubectl get x", code: 1, stdout: "one\n\ntwo\n", stderr: "no\n" };
  const transcript = new Map([["a chapter", [renderEntry(entry), renderEntry(entry)]]]);
  expect(parseTranscript(renderTranscript(transcript))).toEqual(transcript);
});

test.each([
  ["ids", "uid: 1b4e28ba-2fa1-11d2-883f-0016d3cca427", "uid: UID"],
  ["times", "creationTimestamp: 2026-01-02T03:04:05Z", "creationTimestamp: TIME"],
  ["names that are made up", "pod/web-5d4f8c7b9d-x2x5z deleted", "pod/web-HASH-ID deleted"],
  ["ages and column widths", "web    2/2     3d4h", "web  2/2  AGE"],
  ["addresses", "web  10.96.3.4  <none>", "web  IP  <none>"],
  ["the namespace", "configmaps in shop-1", "configmaps in NAMESPACE"],
])("%s are taken out", (_what, output, normal) => {
  expect(normalise(output, names)).toBe(normal);
});

test.each([
  ["a word", 'configmap "shop" created', 'configmap "shop" configured'],
  ["a count", "web  2/3  Running", "web  3/3  Running"],
  ["a column", "NAME  READY  AGE", "NAME  READY  STATUS  AGE"],
  ["an exit code's line", "= 1", "= 0"],
  ["a field of the object", "  replicas: 1", "  replicas: 2"],
  ["a plain name", "pod/web deleted", "pod/shop deleted"],
])("a difference in %s is seen", (_what, one, other) => {
  expect(normalise(one, names)).not.toBe(normalise(other, names));
});

test("a difference planted in any answer of the golden file is seen, unless a line that may differ holds it", () => {
  for (const [title, entries] of goldenOf("1.34")) {
    const steps = chapters.find((chapter) => chapter.title === title)?.steps ?? [];
    entries.forEach((entry, index) => {
      const allowed = allowedIn(title, toStep(steps[index] ?? "").run);
      expect(allowed(`${entry}  planted\n`)).not.toBe(allowed(entry));
    });
  }
});

test("every allowed difference concerns a line that a real cluster or this one shows", () => {
  for (const { chapter, command, lines } of allowedLines) {
    const entries = goldenOf("1.34").get(chapter) ?? [];
    const concerned = entries.filter((entry) => command.test(entry.slice(2).split("\n")[0] ?? ""));
    expect(concerned, String(command)).not.toHaveLength(0);
    expect(
      concerned.some((entry) => entry.split("\n").some((line) => lines.test(line))),
      String(lines),
    ).toBe(true);
  }
});

test("a command line is split as a shell would", () => {
  expect(splitWords(`kubectl patch x -p '{"a": "b c"}' --to="d e"f`)).toEqual([
    "kubectl",
    "patch",
    "x",
    "-p",
    '{"a": "b c"}',
    "--to=d ef",
  ]);
});
