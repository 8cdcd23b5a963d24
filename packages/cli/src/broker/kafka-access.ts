import type { Flags } from "../command.ts";
import { type BrokerAccess, toAddresses } from "./broker-flags.ts";

const flags = {
  brokers: {
    type: "list",
    placeholder: "HOST:PORT",
    description:
      "The brokers, if they can be reached from here; KAFKA_ENABLE_TLS, KAFKA_USERNAME and so on say how to log in",
  },
} as const satisfies Flags;

/** From here, a trigger's own connection does not count: its brokers' names and Secrets are the cluster's. */
export const kafkaAccess: BrokerAccess<typeof flags> = {
  kind: "kafka",
  flags,
  environment: ({ brokers }) =>
    brokers === undefined ? undefined : { KAFKA_BROKERS: toAddresses("brokers", brokers, isHostAndPort) },
  spec: ({ brokers }) => (brokers === undefined ? {} : { connection: null }),
};

function isHostAndPort(text: string): boolean {
  return /^.+:\d{1,5}$/.test(text) && URL.canParse(`kafka://${text}`);
}
