import { afterAll, beforeAll, describe } from "vitest";
import { openLocalCluster } from "./cluster/local-cluster.ts";
import type { Controller } from "./cluster/manifests.ts";
import { hasRealCluster, openRealCluster } from "./cluster/real-cluster.ts";
import type { TestCluster } from "./cluster/test-cluster.ts";

export type ClusterName = "the local platform" | "Kubernetes";

const clusters = [
  { name: "the local platform", isThere: true, open: openLocalCluster },
  { name: "Kubernetes", isThere: hasRealCluster, open: openRealCluster },
] as const;

export interface OnEachClusterOptions {
  /** Default: the function controller. */
  readonly controllers?: readonly Controller[];
}

/**
 * The same scenarios on the local platform, always, and on a real Kubernetes, where the environment names one; each with
 * a fresh installation. `cluster()` is the open cluster, inside of a test.
 */
export function onEachCluster(
  what: string,
  scenarios: (cluster: () => TestCluster, name: ClusterName) => void,
  { controllers = ["function-controller"] }: OnEachClusterOptions = {},
): void {
  for (const { name, isThere, open } of clusters)
    describe.skipIf(!isThere)(`${what}, on ${name}`, () => {
      let opened: TestCluster | undefined;
      beforeAll(async () => {
        opened = await open(controllers);
      }, 120_000);
      afterAll(() => opened?.close(), 60_000);
      scenarios(() => {
        if (opened === undefined) throw new Error("The cluster is open inside of tests only.");
        return opened;
      }, name);
    });
}
