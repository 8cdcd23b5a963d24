import { spawnSync } from "node:child_process";

/** What the environment says about where scenarios can run. */
export interface TestEnvironment {
  /** A kubeconfig with all rights on a real Kubernetes. */
  readonly kubeconfig: string | undefined;
  /** Where its nodes find our images: `registry/kubeless/{name}:tag` (`.ci/images` prints it). */
  readonly images: string | undefined;
  /** An npm registry that its pods reach. */
  readonly npmRegistry: string | undefined;
  /** An address of this machine that its pods reach. */
  readonly host: string | undefined;
  /** Where its gateway of the Ingress classes nginx and traefik listens: `http://…`. */
  readonly ingress: string | undefined;
  /** The same with TLS. */
  readonly secureIngress: string;
  /** Kafka brokers that this machine reaches, separated by commas. */
  readonly kafkaBrokers: string | undefined;
  /** NATS servers that this machine reaches, separated by commas. */
  readonly natsServers: string | undefined;
  /** Where a Kinesis server is that this machine reaches: `http://…`. */
  readonly kinesisEndpoint: string | undefined;
  /** A folder whose `servers/kafka` starts a broker of a scenario's own. */
  readonly tools: string | undefined;
}

export const environment: TestEnvironment = {
  kubeconfig: process.env.KUBELESS_TEST_KUBECONFIG,
  images: process.env.KUBELESS_TEST_IMAGES,
  npmRegistry: process.env.KUBELESS_TEST_NPM_REGISTRY,
  host: process.env.KUBELESS_TEST_HOST,
  kafkaBrokers: process.env.KAFKA_BROKERS,
  natsServers: process.env.NATS_SERVERS,
  kinesisEndpoint: process.env.KINESIS_ENDPOINT,
  tools: process.env.KUBELESS_TEST_TOOLS,
  ingress: process.env.KUBELESS_TEST_INGRESS,
  secureIngress: process.env.KUBELESS_TEST_SECURE_INGRESS ?? "https://127.0.0.1:8443",
};

/** Whether a program is on the PATH. */
export function hasProgram(name: string, ...argv: readonly string[]): boolean {
  return spawnSync(name, argv, { stdio: "ignore" }).error === undefined;
}
