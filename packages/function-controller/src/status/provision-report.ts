import { findPhase, type Pod } from "./pod-problem.ts";

/** What the provisioner said when it had put the source in place. */
export interface ProvisionReport {
  /** 64 hexadecimal digits: of the source as it was fetched. */
  readonly sha256: string;
}

/** The report of the newest pod that has one. */
export function readProvisionReport(pods: readonly Pod[]): ProvisionReport | undefined {
  const newestFirst = pods.toSorted((a, b) =>
    a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1,
  );
  return newestFirst.map(readReport).find((report) => report !== undefined);
}

function readReport(pod: Pod): ProvisionReport | undefined {
  const end = findPhase(pod, "prepare")?.state?.terminated;
  if (end?.exitCode !== 0) return undefined;
  const sha256 = /"sha256":"([0-9a-f]{64})"/.exec(end.message ?? "")?.[1];
  return sha256 === undefined ? undefined : { sha256 };
}
