import { setTimeout } from "node:timers/promises";
import type { TestCluster } from "./cluster/test-cluster.ts";

/** Resolves with the event that a function logged, once it logged one with this message. */
export async function untilLogged({ kubeless }: TestCluster, name: string, message: string): Promise<object> {
  for (;;) {
    const lines = (await kubeless("function", "logs", name)).split("\n");
    const found = lines.find((line) => line.includes(message));
    if (found !== undefined) return JSON.parse(found.slice(found.indexOf("{"))) as object;
    await setTimeout(500);
  }
}
