import type { V1Lease } from "@kubernetes/client-node";
import type { Clock, ClusterApi, KubeObject, Wire } from "../api/cluster-api.ts";

type Lease = KubeObject & Pick<Wire<V1Lease>, "spec">;

const namespace = "kube-node-lease";
const everyMs = 10_000;
const leaseDurationSeconds = 40;

export interface NodeLeaseOptions {
  readonly clock: Clock;
  /** Registers the node when its object is not there. */
  readonly node: () => KubeObject;
  readonly onFault: (error: unknown) => void;
}

/** Says every ten seconds that the node lives, as the kubelet does. Returns what ends it. */
export function startNodeLease(api: ClusterApi, { clock, node, onFault }: NodeLeaseOptions): () => void {
  let timer: { clear(): void };
  const beat = () => {
    try {
      renew(api, clock, node());
    } catch (error) {
      onFault(error);
    }
    timer = clock.setTimeout(beat, everyMs);
  };
  beat();
  return () => timer.clear();
}

function renew(api: ClusterApi, clock: Clock, { metadata: { name, uid } }: KubeObject): void {
  const known = api.get<Lease>("leases.coordination.k8s.io", namespace, name);
  const renewTime = new Date(clock.now()).toISOString().replace("Z", "000Z");
  const lease = {
    ...known,
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      ...known?.metadata,
      name,
      namespace,
      ownerReferences: [{ apiVersion: "v1", kind: "Node", name, uid }],
    },
    spec: { holderIdentity: name, leaseDurationSeconds, renewTime },
  };
  if (known === undefined) api.create("leases.coordination.k8s.io", lease);
  else api.update("leases.coordination.k8s.io", lease);
}
