import type { KinesisClient } from "@aws-sdk/client-kinesis";

/** The time by the clock of the server that answered last, to the second; before any answer, this process's. */
export function watchServerTime(client: KinesisClient): () => Date {
  let aheadMs = 0;
  client.middlewareStack.add(
    (next) => async (given) => {
      const result = await next(given);
      const { headers } = (result.response ?? {}) as { headers?: Record<string, string> };
      const date = Date.parse(headers?.date ?? "");
      if (Number.isFinite(date)) aheadMs = date - Date.now();
      return result;
    },
    { step: "deserialize", name: "watchServerTime" },
  );
  return () => new Date(Date.now() + aheadMs);
}
