import type { Flags } from "../command.ts";
import { type BrokerAccess, toAddresses } from "./broker-flags.ts";

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
  environment: ({ servers }) =>
    servers === undefined ? undefined : { NATS_URL: toAddresses("servers", servers, isServer) },
  spec: ({ servers }) => (servers === undefined ? {} : { connection: null }),
};

function isServer(text: string): boolean {
  return URL.canParse(text.includes("://") ? text : `nats://${text}`);
}
