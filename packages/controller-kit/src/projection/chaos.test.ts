import { expect, it } from "vitest";
import { ApiError, isAlreadyExists } from "../cluster/api-error.ts";
import { resources } from "../cluster/resources.ts";
import { eventually, openTestCluster } from "../fixtures/cluster.ts";
import { defineWidgets, widgetProjection } from "../fixtures/widget.ts";
import { createProjectionManager } from "./projection-manager.ts";

const WIDGETS = 40;

it("reaches the wanted state through refused requests, conflicts, slow answers and cut watches", async () => {
  const cluster = await patiently(() =>
    openTestCluster({ failures: 0.2, delayMs: 5, cutWatchesAfterMs: [50, 400] }),
  );
  const { client, namespace } = cluster;
  const { widgets } = await patiently(() => defineWidgets(client));
  const manager = createProjectionManager({
    name: "widget-controller",
    identity: "chaos",
    client,
    projections: [widgetProjection(widgets)],
    namespace,
  });
  await manager.start();

  const source = { namespace, name: "source" };
  await patiently(() => client.create(resources.configMaps, { metadata: source, data: { text: "old" } }));
  for (let n = 0; n < WIDGETS; n += 1) {
    const widget = { metadata: { namespace, name: `w${n}` }, spec: { copies: 3, from: "source" } };
    await patiently(() => client.create(widgets, widget));
  }
  await patiently(() => client.patch(resources.configMaps, source, { data: { text: "new" } }));
  for (let n = 0; n < WIDGETS; n += 1) {
    await patiently(() =>
      client.patch(widgets, { namespace, name: `w${n}` }, { spec: { copies: 1 + (n % 2) } }),
    );
  }

  const wanted = Array.from({ length: WIDGETS }, (_, n) => 1 + (n % 2)).reduce(
    (sum, copies) => sum + copies,
    0,
  );
  const select = { namespace, labelSelector: "made-by=widget" };
  await eventually(async () => {
    const { items } = await patiently(() => client.list(resources.configMaps, select));
    return items.length === wanted && items.every(({ data }) => data?.text === "new");
  });
  await eventually(async () => {
    const { items } = await patiently(() => client.list(widgets, { namespace }));
    return items.every(
      ({ metadata, spec, status }) =>
        status?.copies === spec.copies && status?.observedGeneration === metadata.generation,
    );
  });
  expect(manager.stuck()).toEqual([]);
  await manager.stop();
  await patiently(() => cluster.close());
}, 60_000);

/** The test's own requests meet the same faults: it repeats them until they are done. */
async function patiently<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (isAlreadyExists(error)) throw error;
    }
  }
}
