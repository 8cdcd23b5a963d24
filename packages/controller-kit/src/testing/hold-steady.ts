import { deepStrictEqual } from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import type { Resource } from "../cluster/resource.ts";
import type { ProjectionCluster } from "./projection-cluster.ts";

export interface SteadyCase {
  readonly trigger: Resource;
  /** Of a trigger named `hello`. */
  readonly spec: object;
  /** What it becomes. */
  readonly child: Resource<object>;
  readonly childName: string;
}

const NOTE = "example.com/note";

/**
 * A hand's change of the child comes back, a second start of the controller writes nothing, and a third only what has
 * changed meanwhile. Rejects when that does not hold.
 */
export async function holdSteady(
  { client, namespace, start }: ProjectionCluster,
  { trigger, spec, child, childName }: SteadyCase,
): Promise<void> {
  const [owner, owned] = [
    { namespace, name: "hello" },
    { namespace, name: childName },
  ];
  const noted = (note: string) => ({ metadata: { annotations: { [NOTE]: note } } });
  const noteOf = async () => (await client.find(child, owned))?.metadata.annotations?.[NOTE];
  const becomes = async (note: string) => {
    while ((await noteOf()) !== note) await setTimeout(20);
  };
  const versions = async () =>
    [await client.get(trigger, owner), await client.get(child, owned)].map(
      ({ metadata }) => metadata.resourceVersion,
    );
  await client.create(trigger, { metadata: { ...owner, annotations: { [NOTE]: "ours" } }, spec } as never);

  const first = await start();
  await becomes("ours");
  await client.patch(child, owned, noted("theirs"));
  await becomes("ours");
  await first.idle();
  await first.stop();

  const before = await versions();
  const second = await start();
  await second.idle();
  deepStrictEqual(await versions(), before);
  await second.stop();

  await client.patch(trigger, owner, noted("new"));
  const third = await start();
  await third.idle();
  deepStrictEqual(await noteOf(), "new");
}
