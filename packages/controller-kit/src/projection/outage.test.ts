import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { resources } from "../cluster/resources.ts";
import { eventually, isReal, openTestCluster } from "../fixtures/cluster.ts";
import { defineWidgets, widgetProjection } from "../fixtures/widget.ts";
import { createProjectionManager } from "./projection-manager.ts";

/**
 * A program that is called with `kill`, `pause` or `resume` and `apiserver` or `etcd`, and with `up` to start what was
 * killed, on the cluster of KUBELESS_TEST_KUBECONFIG. Hold a lock when others use that cluster too.
 */
const command = process.env.KUBELESS_TEST_OUTAGE_COMMAND;
const WIDGETS = 200;

it.skipIf(!isReal || !command).each([
  [
    ["pause", "apiserver"],
    ["resume", "apiserver"],
  ],
  [
    ["pause", "etcd"],
    ["resume", "etcd"],
  ],
  [["kill", "apiserver"], ["up"]],
])(
  "reaches the wanted state though %j, then %j, in the middle of the work (KUBELESS_TEST_OUTAGE_COMMAND)",
  async (fault, repair) => {
    const cluster = await openTestCluster();
    const { client, namespace } = cluster;
    const { widgets, drop } = await defineWidgets(client);
    const projections = [widgetProjection(widgets)];
    const manager = createProjectionManager({
      name: "widgets",
      identity: "outage",
      client,
      projections,
      namespace,
    });
    await manager.start();
    const numbers = Array.from({ length: WIDGETS }, (_, n) => n);
    await Promise.all(
      numbers.map((n) =>
        client.create(widgets, { metadata: { namespace, name: `w${n}` }, spec: { copies: 2 } }),
      ),
    );

    const select = { namespace, labelSelector: "made-by=widget" };
    await eventually(
      async () => (await client.list(resources.configMaps, select)).items.length > WIDGETS / 4,
    );
    await run(fault);
    await run(repair);

    await eventually(async () => {
      const { items } = await client.list(widgets, { namespace }).catch(() => ({ items: [] }));
      return items.length === WIDGETS && items.every(({ status }) => status?.copies === 2);
    });
    expect((await client.list(resources.configMaps, select)).items).toHaveLength(2 * WIDGETS);
    await manager.stop();
    await drop();
    await cluster.close();
  },
  120_000,
);

async function run(given: readonly string[]): Promise<void> {
  await promisify(execFile)(command ?? "", [...given]);
}
