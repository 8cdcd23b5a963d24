import { createHash } from "node:crypto";

/**
 * Which parts are this replica's share: the same answer on every replica that sees the same others, as even as whole
 * numbers allow, and few parts move when one comes or goes (rendezvous hashing with bounded loads).
 */
export function assignParts(
  names: readonly string[],
  replicas: readonly string[],
  self: string,
): ReadonlySet<string> {
  const loads = new Map(replicas.map((replica) => [replica, 0]));
  const least = Math.floor(names.length / replicas.length);
  let extra = names.length - least * replicas.length;
  const ours = new Set<string>();
  for (const name of names.toSorted()) {
    const fits = (replica: string) => (loads.get(replica) ?? 0) < least + (extra > 0 ? 1 : 0);
    const holder = byRank(name, replicas).find(fits);
    if (holder === undefined) continue;
    const load = (loads.get(holder) ?? 0) + 1;
    loads.set(holder, load);
    if (load > least) extra -= 1;
    if (holder === self) ours.add(name);
  }
  return ours;
}

function byRank(name: string, replicas: readonly string[]): string[] {
  return replicas
    .map((replica) => ({ replica, rank: rankOf(replica, name) }))
    .toSorted((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ replica }) => replica);
}

function rankOf(replica: string, name: string): string {
  return createHash("sha256").update(`${replica}\n${name}`).digest("hex");
}
