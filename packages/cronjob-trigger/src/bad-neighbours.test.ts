import { resources } from "@kubeless/controller-kit";
import { expect, test } from "vitest";
import { openController, triggers } from "./fixtures/controller.ts";

const bad: readonly (readonly [reason: string, spec: object])[] = [
  ["InvalidSchedule", { schedule: "61 * * * *" }],
  ["InvalidSchedule", { schedule: "0 0 32 * *" }],
  ["InvalidSchedule", { timeZone: "Mars/Olympus" }],
  ["FunctionNotFound", { "function-name": "nobody" }],
  ["InvalidSpec", { payload: "x".repeat(1_100_000) }],
];
const ROUNDS = 4;

test("bad triggers among good ones say what is wrong with them, and no good one waits for them", async () => {
  const { client, start } = await openController();
  const expected: Record<string, string> = {};
  const create = async (name: string, reason: string, spec: object) => {
    const metadata = { namespace: "default", name };
    await client.create(triggers, {
      metadata,
      spec: { "function-name": "hello", schedule: "@hourly", ...spec },
    } as never);
    expected[name] = reason;
  };
  for (const [index, [reason, spec]] of Array.from({ length: ROUNDS }, () => bad)
    .flat()
    .entries()) {
    await create(`bad-${index}`, reason, spec);
    await create(`good-${index}`, "Ready", {});
  }

  const manager = await start();
  await manager.idle();
  const { items } = await client.list(triggers);
  const reasons = items.map(({ metadata: { name }, ...trigger }) => {
    const { conditions = [] } = (trigger as { status?: { conditions?: Condition[] } }).status ?? {};
    return [name, conditions.find(({ type }) => type === "Ready")?.reason];
  });
  expect(Object.fromEntries(reasons)).toEqual(expected);
  const cronJobs = await client.list(resources.cronJobs);
  const good = cronJobs.items.filter(({ metadata: { name } }) => name.startsWith("trigger-good-"));
  expect(good).toHaveLength(bad.length * ROUNDS);
});

interface Condition {
  readonly type: string;
  readonly reason?: string;
}
