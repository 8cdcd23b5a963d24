import { type BrokerRequest, DEFAULT_NAMESPACE } from "@kubeless/api-types";
import { namespaceFlags } from "../cluster-flags.ts";
import type { Arguments, Flags, Input } from "../command.ts";
import { UsageError } from "../parse.ts";
import type { World } from "../world.ts";
import type { BrokerKind, Question } from "./ask-broker.ts";

/** How commands reach one kind of broker. */
export interface BrokerAccess<F extends Flags> {
  readonly kind: BrokerKind;
  /** The flags that say where the broker is. */
  readonly flags: F;
  /**
   * What they say, in the words of the controller's environment, to someone who reaches the broker from here. Undefined:
   * they do not say it, so the controller's pod is asked.
   */
  readonly environment: (flags: Input<Arguments, F>["flags"]) => Readonly<Record<string, string>> | undefined;
  /** What they change of the trigger's spec; null takes a field away. */
  readonly spec: (flags: Input<Arguments, F>["flags"]) => BrokerRequest["spec"];
}

const controllerFlags = {
  "controller-namespace": {
    type: "string",
    placeholder: "NAME",
    description: "Where the controller's pods are, if not in KUBELESS_NAMESPACE or kubeless",
  },
} as const satisfies Flags;

/** The flags of every command that asks a broker. */
export function brokerFlags<const F extends Flags>({ flags }: BrokerAccess<F>) {
  return { ...namespaceFlags, ...controllerFlags, ...flags };
}

/** Whom to ask, from what was typed. The cluster is only looked for when something of it is needed. */
export async function toQuestion<const F extends Flags>(
  access: BrokerAccess<F>,
  typed: Readonly<Record<string, unknown>>,
  trigger: string | undefined,
  world: World,
): Promise<Question> {
  const own = typed as unknown as Input<Arguments, F>["flags"];
  const shared = typed as Input<Arguments, typeof namespaceFlags & typeof controllerFlags>["flags"];
  const environment = access.environment(own);
  const needsCluster = environment === undefined || trigger !== undefined;
  const cluster = needsCluster ? await world.connect(shared) : undefined;
  return {
    kind: access.kind,
    cluster,
    namespace: cluster?.namespace ?? "default",
    trigger,
    environment,
    spec: access.spec(own),
    controllerNamespace:
      shared["controller-namespace"] || world.environment.KUBELESS_NAMESPACE || DEFAULT_NAMESPACE,
  };
}

/**
 * The addresses that a flag gave, with commas between them. An empty one is not taken for one that was not given: that
 * would be another broker's.
 * @throws UsageError
 */
export function toAddresses(
  flag: "brokers" | "servers" | "endpoint",
  given: readonly string[],
  isAddress: (text: string) => boolean,
): string {
  const wrong = given.length === 0 ? "" : given.find((text) => !isAddress(text));
  if (wrong === undefined) return given.join(",");
  throw new UsageError(`--${flag} is ${examples[flag]}, not ${JSON.stringify(wrong)}.`);
}

const examples = {
  brokers: "HOST:PORT, several separated by commas",
  servers: "nats://HOST:PORT, several separated by commas",
  endpoint: "an http:// or https:// address",
};
