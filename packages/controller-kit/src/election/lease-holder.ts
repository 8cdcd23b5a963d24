import type { V1Lease } from "@kubernetes/client-node";
import { isAlreadyExists, isConflict, isNotFound } from "../cluster/api-error.ts";
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
  /** Put on a Lease that is made. */
  labels?: Readonly<Record<string, string>> | undefined;
  annotations?: Readonly<Record<string, string>> | undefined;
  /** Whether a holder of this identity is known to be no more: what it held is free at once, to the patient too. */
  isGone?: ((holderIdentity: string) => boolean) | undefined;
}

type Lease = Wire<V1Lease>;
type Annotations = Readonly<Record<string, string>>;

/** One candidate's view of a Lease. Other candidates' clocks are never compared with ours. */
export interface LeaseHolder {
  /**
   * Whether the Lease is ours after this attempt. One that nobody holds, or whose holder is silent for too long, is
   * taken when that has been so for `patienceMs` (default 0).
   */
  acquireOrRenew(signal: AbortSignal, patienceMs?: number): Promise<boolean>;
  /**
   * Renews the Lease that {@link acquireOrRenew} gave and writes `annotations` (undefined ones are removed) with it.
   * False, and nothing is written, when somebody else has held it since, or it was deleted.
   */
  renew(signal: AbortSignal, annotations?: Readonly<Record<string, string | undefined>>): Promise<boolean>;
  /** What stood on the Lease when it was last read or written by us, while it is ours. */
  readonly annotations: Annotations;
  /** Gives it back, if it is ours. */
  release(): Promise<void>;
}

/** How often one renewal is sent again because somebody wrote to the Lease without taking it. */
const MAX_CONFLICTS = 5;

export function createLeaseHolder(options: LeaseHolderOptions): LeaseHolder {
  const { client, namespace, name, identity, leaseDurationMs, now } = options;
  let seen: { resourceVersion: string; at: number } | undefined;
  let ours: Live<Lease> | undefined;

  /** How long nobody has held it; negative while somebody does. */
  function freeForMs(lease: Live<Lease> | undefined): number {
    const resourceVersion = lease?.metadata.resourceVersion ?? "none";
    if (seen?.resourceVersion !== resourceVersion) seen = { resourceVersion, at: now() };
    const { holderIdentity, leaseDurationSeconds = leaseDurationMs / 1000 } = lease?.spec ?? {};
    if (holderIdentity && options.isGone?.(holderIdentity)) return Number.POSITIVE_INFINITY;
    return now() - seen.at - (holderIdentity ? leaseDurationSeconds * 1000 : 0);
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

  async function acquireOrRenew(signal: AbortSignal, patienceMs = 0): Promise<boolean> {
    const lease = await client.find(resources.leases, { namespace, name }, { signal });
    if (lease?.spec?.holderIdentity !== identity && freeForMs(lease) < patienceMs) {
      ours = undefined;
      return false;
    }
    if (lease === undefined) {
      const { labels, annotations } = options;
      const metadata = { namespace, name, ...(labels && { labels }), ...(annotations && { annotations }) };
      ours = await client.create(resources.leases, { metadata, spec: toSpec(undefined) }, { signal });
    } else {
      ours = await client.replace(resources.leases, { ...lease, spec: toSpec(lease.spec) }, { signal });
    }
    return true;
  }

  /** Whether it is the Lease that we took, and nobody else has held it in between. */
  function isSameTenure(lease: Live<Lease> | undefined): lease is Live<Lease> {
    return (
      lease !== undefined &&
      lease.metadata.uid === ours?.metadata.uid &&
      lease.spec?.holderIdentity === identity &&
      lease.spec.leaseTransitions === ours.spec?.leaseTransitions
    );
  }

  async function replaceOurs(
    change: (lease: Live<Lease>) => Live<Lease>,
    signal?: AbortSignal,
  ): Promise<boolean> {
    let lease = ours;
    for (let conflicts = 0; lease !== undefined; conflicts += 1) {
      try {
        ours = await client.replace(resources.leases, change(lease), { signal });
        return true;
      } catch (error) {
        const isOutdated = isConflict(error) || isNotFound(error);
        if (!isOutdated || conflicts === MAX_CONFLICTS) throw error;
        const found = await client.find(resources.leases, { namespace, name }, { signal });
        lease = isSameTenure(found) ? found : undefined;
      }
    }
    ours = undefined;
    return false;
  }

  return {
    async acquireOrRenew(signal, patienceMs) {
      try {
        return await acquireOrRenew(signal, patienceMs);
      } catch (error) {
        if (isConflict(error) || isAlreadyExists(error)) return false;
        throw error;
      }
    },
    renew: (signal, annotations = {}) =>
      replaceOurs((lease) => ({ ...annotate(lease, annotations), spec: toSpec(lease.spec) }), signal),
    get annotations() {
      return ours?.metadata.annotations ?? {};
    },
    async release() {
      await replaceOurs((lease) => ({ ...lease, spec: { ...lease.spec, holderIdentity: "" } }));
      ours = undefined;
    },
  };
}

function annotate(
  lease: Live<Lease>,
  annotations: Readonly<Record<string, string | undefined>>,
): Live<Lease> {
  const all = Object.entries({ ...lease.metadata.annotations, ...annotations });
  const left = all.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...lease, metadata: { ...lease.metadata, annotations: Object.fromEntries(left) } };
}

function toMicroTime(time: Date): string {
  return time.toISOString().replace("Z", "000Z");
}
