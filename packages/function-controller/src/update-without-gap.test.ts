import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testConfig } from "./fixtures/functions.ts";
import { commandLoad, LOAD_FUNCTION, type LoadResult } from "./fixtures/load-function.ts";
import { isReal, judge } from "./fixtures/place.ts";
import { openTestCluster, type TestCluster } from "./fixtures/test-cluster.ts";

const CHANGES = isReal ? 10 : 3;
const REQUESTS_PER_SECOND = 500;
const NEW_CONNECTIONS = 100;
/** The load takes its share of the machine, too. */
const READY_WITHIN_MS = 60_000;

describe(`updates on ${judge}`, () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openTestCluster({ config: (image) => testConfig(image, ["14"]) });
  });
  afterAll(() => cluster?.close());

  it(`no request fails while code changes ${CHANGES} times, and Ready means that every new connection meets the new code`, async () => {
    await cluster.deploy({ name: "load", spec: { function: LOAD_FUNCTION, timeout: "600" } });
    await deployRevision(cluster, 0);
    await cluster.ready("load", READY_WITHIN_MS);
    await cluster.ready("target", READY_WITHIN_MS);
    const url = await cluster.addressOf("target");

    await commandLoad(cluster, { command: "start", url, ratePerSecond: REQUESTS_PER_SECOND });
    for (let revision = 1; revision <= CHANGES; revision += 1) {
      await deployRevision(cluster, revision);
      await cluster.ready("target", READY_WITHIN_MS);
      const answers = (await commandLoad(cluster, {
        command: "burst",
        url,
        count: NEW_CONNECTIONS,
      })) as string[];
      expect(new Set(answers)).toEqual(new Set([`revision ${revision}`]));
    }
    const result = (await commandLoad(cluster, { command: "stop" })) as LoadResult;

    const expected = Array.from({ length: CHANGES + 1 }, (_, revision) => `revision ${revision}`);
    expect(result.failures).toEqual({});
    expect(Object.keys(result.answers).sort()).toEqual(expected.sort());
    expect(result.sent).toBeGreaterThanOrEqual(0.9 * result.seconds * REQUESTS_PER_SECOND);
  }, 600_000);
});

async function deployRevision(cluster: TestCluster, revision: number): Promise<void> {
  const code = `module.exports = { foo: () => "revision ${revision}" };\n`;
  await cluster.deploy({ name: "target", spec: { function: code } });
}
