import type { Flags } from "../command.ts";
import type { BrokerAccess } from "./broker-flags.ts";

const flags = {
  servers: {
    type: "list",
    aliases: ["url"],
    placeholder: "URL",
    description: "The servers, if they can be reached from here: nats://user:password@host:4222",
  },
} as const satisfies Flags;

/** From here, a trigger's own connection does not count: its servers' names and Secrets are the cluster's. */
export const natsAccess: BrokerAccess<typeof flags> = {
  kind: "nats",
  flags,
  environment: ({ servers }) => (servers === undefined ? undefined : { NATS_URL: servers.join(",") }),
  spec: ({ servers }) => (servers === undefined ? {} : { connection: null }),
};
