import { z } from "zod";

/** The servers of triggers that name none, by the environment name of Kubeless' NATS controller. */
export const natsConfig = z.object({
  NATS_URL: z
    .string()
    .default("nats://nats.nats-io.svc.cluster.local:4222")
    .refine((text) => splitServers(text).every((url) => URL.canParse(url)), {
      message: "write nats://host:port, several separated by commas",
    }),
});

export type NatsConfig = z.output<typeof natsConfig>;

/** The URLs of a comma list; `nats://` is put where no protocol is named. */
export function splitServers(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .map((part) => (part.includes("://") ? part : `nats://${part}`));
}
