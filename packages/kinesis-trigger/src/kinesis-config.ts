import { z } from "zod";

/** Where streams are whose trigger names no endpoint. Absent: AWS' own, in the trigger's region. */
export const kinesisConfig = z.object({
  KINESIS_ENDPOINT: z.url({ protocol: /^https?$/, error: "write an http:// or https:// address" }).optional(),
});

export type KinesisConfig = z.output<typeof kinesisConfig>;
