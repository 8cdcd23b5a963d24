import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeRuntime, TEST_CONFIG } from "./testing/functions.ts";
import { LOAD_FUNCTION, type LoadResult } from "./testing/load-function.ts";
import { openRealCluster, type RealCluster } from "./testing/real-cluster.ts";

const { KUBELESS_TEST_KUBECONFIG, KUBELESS_TEST_IMAGES } = process.env;
const image = (name: string) => (KUBELESS_TEST_IMAGES ?? "").replace("{name}", name);

const CHANGES = 10;
const REQUESTS_PER_SECOND = 500;
const NEW_CONNECTIONS = 100;
/** The load takes its share of the machine, too. */
const READY_WITHIN_MS = 60_000;

describe.skipIf(!KUBELESS_TEST_KUBECONFIG || !KUBELESS_TEST_IMAGES)(
  "updates on a real Kubernetes (KUBELESS_TEST_KUBECONFIG and KUBELESS_TEST_IMAGES)",
  () => {
    let cluster: RealCluster;
    beforeAll(async () => {
      const runtimes = [nodeRuntime(image("runtime-node"), ["14"])];
      const config = { ...TEST_CONFIG, runtimes, provisionImage: image("function-controller") };
      cluster = await openRealCluster({ kubeconfig: KUBELESS_TEST_KUBECONFIG ?? "", config });
    });
    afterAll(() => cluster?.close());

    it("no request fails while code changes ten times, and Ready means that every new connection meets the new code", async () => {
      const url = `http://target.${cluster.namespace}.svc:8080/`;
      await cluster.deploy({ name: "load", spec: { function: LOAD_FUNCTION, timeout: "600" } });
      await deployRevision(cluster, 0);
      await cluster.ready("load", READY_WITHIN_MS);
      await cluster.ready("target", READY_WITHIN_MS);

      await command(cluster, { command: "start", url, ratePerSecond: REQUESTS_PER_SECOND });
      for (let revision = 1; revision <= CHANGES; revision += 1) {
        await deployRevision(cluster, revision);
        await cluster.ready("target", READY_WITHIN_MS);
        const answers = (await command(cluster, {
          command: "burst",
          url,
          count: NEW_CONNECTIONS,
        })) as string[];
        expect(new Set(answers)).toEqual(new Set([`revision ${revision}`]));
      }
      const result = (await command(cluster, { command: "stop" })) as LoadResult;

      const expected = Array.from({ length: CHANGES + 1 }, (_, revision) => `revision ${revision}`);
      expect(result.failures).toEqual({});
      expect(Object.keys(result.answers).sort()).toEqual(expected.sort());
      expect(result.sent).toBeGreaterThanOrEqual(0.9 * result.seconds * REQUESTS_PER_SECOND);
    }, 600_000);
  },
);

async function deployRevision(cluster: RealCluster, revision: number): Promise<void> {
  const code = `module.exports = { foo: () => "revision ${revision}" };\n`;
  await cluster.deploy({ name: "target", spec: { function: code } });
}

async function command(cluster: RealCluster, body: object): Promise<unknown> {
  const answer = await cluster.call("load", JSON.stringify(body), { "content-type": "application/json" });
  expect(answer.status, answer.body).toBe(200);
  return JSON.parse(answer.body);
}
