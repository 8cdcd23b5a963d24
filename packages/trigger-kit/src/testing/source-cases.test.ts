import { describe, expect, test } from "vitest";
import { type Flaw, memorySource } from "./fixtures/memory-broker.ts";
import { sourceCases } from "./source-cases.ts";

describe("a source that keeps the contract", () => {
  for (const { name, run } of sourceCases(memorySource())) test(name, run);
});

describe("a broken source is found out", () => {
  test.each<[Flaw, RegExp]>([
    ["loses one in ten", /^atLeastOnce: every event reaches/],
    ["repeats one in ten", /^atMostOnce: every event reaches/],
    ["commits what it reads", /^atLeastOnce: what was being called when the process died/],
    ["forgets what is committed", /^atMostOnce: what was being called when the process died/],
    ["keeps its connection when closed", /^a binding that is closed/],
    ["delivers when closed", /^a binding that is closed/],
    ["stays down", /^a lost connection comes back/],
    ["does not share", /^two replicas/],
    ["spoils dead letters", /^a dead letter has/],
    ["turns order around", /^order by partition/],
    ["says one fault only", /^a bad configuration/],
  ])("that %s", async (flaw, failing) => {
    const found = sourceCases(memorySource(flaw)).filter(({ name }) => failing.test(name));
    expect(found).toHaveLength(1);
    await expect(found[0]?.run()).rejects.toThrow();
  });
});
