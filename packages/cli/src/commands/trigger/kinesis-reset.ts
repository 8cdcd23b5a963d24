import { annotations, kinesisTriggerResource, labels } from "@kubeless/api-types";
import { isNotFound, type Live, resources } from "@kubeless/controller-kit";
import { announce } from "../../cluster.ts";
import { namespaceFlags } from "../../cluster-flags.ts";
import { type Command, defineCommand } from "../../command.ts";
import { completeKinesisTriggers } from "../../completion/candidates.ts";

/** `reset`: forgets how far a trigger has read. */
export const reset = defineCommand({
  description:
    "Deletes the Leases that keep how far a trigger has read its stream; they outlive it. It then begins anew where " +
    "spec.startPosition says.",
  arguments: { trigger: { description: "The trigger", required: true, complete: completeKinesisTriggers } },
  flags: namespaceFlags,
  examples: [{ what: "Read everything again", line: "kubeless trigger kinesis reset orders" }],
  run: async ({ arguments: { trigger }, flags }, world) => {
    const cluster = await world.connect(flags);
    const { client, namespace } = cluster;
    await announce(cluster, world);
    const labelSelector = `${labels.trigger}=${trigger},${labels.triggerKind}=${kinesisTriggerResource.plural}`;
    const { items } = await client.list(resources.leases, { namespace, labelSelector });
    for (const { metadata } of items.toSorted(byPart))
      await client.delete(resources.leases, { namespace, name: metadata.name }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    await world.stderr.write(`${items.length} positions of ${trigger} deleted\n`);
  },
}) as Command;

/** The stream's before those of its shards: where to begin is forgotten before the first shard begins again. */
function byPart(a: Live<object>, b: Live<object>): number {
  const [left = "", right = ""] = [a, b].map(({ metadata }) => metadata.annotations?.[annotations.part]);
  return left < right ? -1 : 1;
}
