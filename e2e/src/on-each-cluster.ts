import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allowedDifferences } from "./allowed-differences.ts";
import { openLocalCluster } from "./cluster/local-cluster.ts";
import type { Controller } from "./cluster/manifests.ts";
import { hasRealCluster, openRealCluster } from "./cluster/real-cluster.ts";
import type { TestCluster } from "./cluster/test-cluster.ts";
import { environment, hasProgram } from "./environment.ts";

export type ClusterName = "the local platform" | "Kubernetes";

/** What not every machine has. */
export type Need =
  | "a cluster's kubectl"
  | "a server that functions reach"
  | "an npm registry"
  | "Kafka brokers"
  | "NATS servers"
  | "a Kinesis server"
  | "a broker of its own"
  | "the Ingress class nginx"
  | "the Ingress class traefik";

interface Choice {
  readonly name: ClusterName;
  readonly isThere: boolean;
  /** What this machine has not got for it. */
  readonly lacks: readonly Need[];
  open(controllers: readonly Controller[]): Promise<TestCluster>;
}

/** Where there is a cluster there has to be its client: a scenario that does not find it fails. */
const noKubectl: readonly Need[] =
  environment.images !== undefined || hasProgram("kubectl", "version", "--client")
    ? []
    : ["a cluster's kubectl"];

const noBrokers: readonly Need[] = [
  ...(environment.kafkaBrokers === undefined ? (["Kafka brokers"] as const) : []),
  ...(environment.natsServers === undefined ? (["NATS servers"] as const) : []),
  ...(environment.kinesisEndpoint === undefined ? (["a Kinesis server"] as const) : []),
  ...(environment.tools === undefined ? (["a broker of its own"] as const) : []),
];

const clusters: readonly Choice[] = [
  {
    name: "the local platform",
    isThere: environment.kubeconfig === undefined,
    lacks: [...noKubectl, ...noBrokers],
    open: openLocalCluster,
  },
  {
    name: "Kubernetes",
    isThere: hasRealCluster,
    lacks: [
      ...noBrokers,
      ...(environment.host === undefined ? (["a server that functions reach"] as const) : []),
      ...(environment.npmRegistry === undefined ? (["an npm registry"] as const) : []),
      ...(environment.ingress === undefined
        ? (["the Ingress class nginx", "the Ingress class traefik"] as const)
        : []),
    ],
    open: openRealCluster,
  },
];

export interface ScenariosOptions {
  /** Default: the function controller. */
  readonly controllers?: readonly Controller[];
  /** Default: all. */
  readonly only?: ClusterName;
  /** How long a scenario may take; 120 s by default. */
  readonly timeoutMs?: number;
}

/**
 * Declares a scenario; what it needs is said by name, and it is skipped by name where that is missing. An allowed
 * difference is not declared for it.
 */
export type Scenario = (
  title: string,
  run: (cluster: TestCluster) => Promise<void>,
  needs?: readonly Need[],
) => void;

/**
 * The same scenarios on the local platform or, where the environment names one, on a real Kubernetes; each with an
 * installation of its own. Scenarios of one file run side by side; whatever they do, no controller logs an error.
 */
export function onEachCluster(
  what: string,
  declare: (scenario: Scenario) => void,
  { controllers = ["function-controller"], only, timeoutMs = 120_000 }: ScenariosOptions = {},
): void {
  for (const { name, isThere, lacks, open } of clusters.filter(
    (one) => only === undefined || one.name === only,
  ))
    describe.skipIf(!isThere)(`${what}, on ${name}`, { concurrent: true }, () => {
      let cluster: TestCluster | undefined;
      beforeAll(async () => {
        cluster = await open(controllers);
      }, 120_000);
      afterAll(async () => {
        const log = await cluster?.controllerLog();
        await cluster?.close();
        expect(log?.split("\n").filter((line) => line.includes('"level":"error"'))).toEqual([]);
      }, 60_000);
      declare((title, run, needs = []) => {
        if (allowedDifferences.some(({ on, scenario }) => on === name && scenario === title)) return;
        const missing = needs.filter((need) => lacks.includes(need));
        if (missing.length > 0) return test.skip(`${title}: needs ${missing.join(", ")}`);
        test(title, { timeout: timeoutMs }, async () => {
          if (cluster === undefined) throw new Error("There is no cluster.");
          await run(cluster);
        });
      });
    });
}
