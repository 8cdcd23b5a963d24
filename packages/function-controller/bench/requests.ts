import { setTimeout } from "node:timers/promises";
import type { ClusterClient } from "@kubeless/controller-kit";

const VERBS = ["get", "create", "replace", "patch", "apply", "delete"] as const;

/** What a controller asked of the API server beside lists and watches. */
export interface Requests {
  readonly client: ClusterClient;
  total(): number;
  byVerb(): Record<string, number>;
  /** Resolves when there was no request for so long. */
  quiet(forMs: number): Promise<void>;
}

export function countRequests(original: ClusterClient): Requests {
  const counts = new Map<string, number>();
  const total = () => [...counts.values()].reduce((sum, count) => sum + count, 0);
  const counting = (verb: (typeof VERBS)[number]) => {
    const call = original[verb] as (...given: unknown[]) => unknown;
    return (...given: unknown[]) => {
      counts.set(verb, (counts.get(verb) ?? 0) + 1);
      return call(...given);
    };
  };
  const counted = Object.fromEntries(VERBS.map((verb) => [verb, counting(verb)]));
  return {
    client: { ...original, ...counted },
    total,
    byVerb: () => Object.fromEntries(counts),
    async quiet(forMs) {
      let before: number;
      do {
        before = total();
        await setTimeout(forMs);
      } while (total() !== before);
    },
  };
}
