import { type ClusterClient, type Logger, resources } from "@kubeless/controller-kit";

/** The pods of a controller's replicas. */
export interface ReplicaPods {
  /** Whether a replica is no more. False while that is not known, as where this one is itself no pod. */
  isGone(pod: string): Promise<boolean>;
}

export interface ReplicaPodsOptions {
  readonly client: ClusterClient;
  /** The controller's own. */
  readonly namespace: string;
  /** This replica: its pod's name. */
  readonly identity: string;
  /** Each pod is looked up at most once in so long. */
  readonly lookMs: number;
  readonly logger: Logger;
}

const ended: readonly (string | undefined)[] = ["Succeeded", "Failed"];

export function createReplicaPods(options: ReplicaPodsOptions): ReplicaPods {
  const { client, namespace, identity, lookMs, logger } = options;
  const looks = new Map<string, { readonly atMs: number; readonly isThere: Promise<boolean> }>();

  function isThere(name: string): Promise<boolean> {
    const nowMs = performance.now();
    for (const [pod, { atMs }] of looks) if (nowMs - atMs >= lookMs) looks.delete(pod);
    const look = looks.get(name) ?? { atMs: nowMs, isThere: lookUp(name) };
    looks.set(name, look);
    return look.isThere;
  }

  async function lookUp(name: string): Promise<boolean> {
    try {
      const pod = await client.find(resources.pods, { namespace, name });
      return pod !== undefined && !ended.includes(pod.status?.phase);
    } catch (err) {
      logger.warn({ err, pod: name }, "Whether a replica is still there cannot be seen; what it said stays");
      return true;
    }
  }

  return {
    isGone: async (pod) => !(await isThere(pod)) && (await isThere(identity)),
  };
}
