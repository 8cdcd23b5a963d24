import type { V1Lease } from "@kubernetes/client-node";
import { isAlreadyExists, isConflict } from "../cluster/api-error.ts";
import type { ClusterClient } from "../cluster/client.ts";
import type { Live, Wire } from "../cluster/kubernetes-object.ts";
import { resources } from "../cluster/resources.ts";

export interface LeaseHolderOptions {
  client: ClusterClient;
  namespace: string;
  name: string;
  identity: string;
  leaseDurationMs: number;
  /** Monotonic, ms. */
  now: () => number;
}

type Lease = Wire<V1Lease>;

/** One candidate's view of a Lease. Other candidates' clocks are never compared with ours. */
export interface LeaseHolder {
  /** Whether the Lease is ours after this attempt. */
  acquireOrRenew(signal: AbortSignal): Promise<boolean>;
  /** Gives it back, if it is ours. */
  release(): Promise<void>;
}

export function createLeaseHolder({
  client,
  namespace,
  name,
  identity,
  leaseDurationMs,
  now,
}: LeaseHolderOptions): LeaseHolder {
  let seen: { resourceVersion: string; at: number } | undefined;

  function isExpired(lease: Live<Lease>): boolean {
    const { resourceVersion } = lease.metadata;
    if (seen?.resourceVersion !== resourceVersion) seen = { resourceVersion, at: now() };
    const heldForMs = (lease.spec?.leaseDurationSeconds ?? leaseDurationMs / 1000) * 1000;
    return !lease.spec?.holderIdentity || now() - seen.at >= heldForMs;
  }

  function toSpec(previous: Lease["spec"]): NonNullable<Lease["spec"]> {
    const time = toMicroTime(new Date());
    const renewed = previous?.holderIdentity === identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.max(1, Math.ceil(leaseDurationMs / 1000)),
      renewTime: time,
      acquireTime: renewed ? (previous?.acquireTime ?? time) : time,
      leaseTransitions: (previous?.leaseTransitions ?? -1) + (renewed ? 0 : 1),
    };
  }

  async function acquireOrRenew(signal: AbortSignal): Promise<boolean> {
    const lease = await client.find(resources.leases, { namespace, name }, { signal });
    if (lease === undefined) {
      await client.create(
        resources.leases,
        { metadata: { namespace, name }, spec: toSpec(undefined) },
        { signal },
      );
      return true;
    }
    if (lease.spec?.holderIdentity !== identity && !isExpired(lease)) return false;
    await client.replace(resources.leases, { ...lease, spec: toSpec(lease.spec) }, { signal });
    return true;
  }

  return {
    async acquireOrRenew(signal) {
      try {
        return await acquireOrRenew(signal);
      } catch (error) {
        if (isConflict(error) || isAlreadyExists(error)) return false;
        throw error;
      }
    },
    async release() {
      const lease = await client.find(resources.leases, { namespace, name });
      if (lease?.spec?.holderIdentity !== identity) return;
      await client.replace(resources.leases, { ...lease, spec: { ...lease.spec, holderIdentity: "" } });
    },
  };
}

function toMicroTime(time: Date): string {
  return time.toISOString().replace("Z", "000Z");
}
