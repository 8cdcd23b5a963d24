import { setTimeout as delay } from "node:timers/promises";
import {
  type ClusterClient,
  isExpired,
  isUnreachable,
  type Live,
  type Resource,
} from "@kubeless/controller-kit";

/**
 * One object now and after each change; undefined while there is none. Goes on over broken connections, an API server
 * that is away for a while and versions that are gone, until the signal aborts (then it throws the signal's reason) or the
 * caller stops reading. Throws when there is no answer in the beginning.
 */
export async function* watchObject<T extends object>(
  client: ClusterClient,
  resource: Resource<T>,
  at: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): AsyncGenerator<Live<T> | undefined, never> {
  const retryMs = 1000;
  const select = { namespace: at.namespace, fieldSelector: `metadata.name=${at.name}`, signal };
  for (let hasAnswered = false; ; ) {
    try {
      const { items, resourceVersion } = await client.list(resource, select);
      hasAnswered = true;
      yield items[0];
      for await (const event of client.watch(resource, { ...select, resourceVersion })) {
        if (event.type === "BOOKMARK") continue;
        yield event.type === "DELETED" ? undefined : event.object;
      }
    } catch (error) {
      if (signal.aborted || !hasAnswered || !(isExpired(error) || isUnreachable(error))) throw error;
      if (isUnreachable(error)) await delay(retryMs, undefined, { signal });
    }
  }
}
