import { setTimeout } from "node:timers/promises";
import type { Fault } from "./fault.ts";
import type { Replica } from "./replica.ts";

/** What happens to the processes of a controller that is there twice. */
export function replicaFaults(
  first: Replica,
  second: Replica,
  third: () => Promise<Replica>,
): readonly Fault[] {
  let visitor: Replica | undefined;
  let victim = first;
  return [
    {
      name: "a replica was killed",
      lastsMs: 2_000,
      isDeath: true,
      async begin() {
        victim = await busierOf(first, second);
        await victim.kill();
      },
      end: () => victim.start(),
    },
    {
      name: "a replica was paused for a minute",
      lastsMs: 60_000,
      isDeath: true,
      async begin() {
        victim = await busierOf(first, second);
        victim.pause();
      },
      end: () => victim.resume(),
    },
    {
      name: "a third replica came and went",
      lastsMs: 3_000,
      async begin() {
        visitor = await third();
      },
      end: async () => visitor?.stop(),
    },
  ];
}

/** Where one replica alone may read, taking the other away shows nothing. */
async function busierOf(first: Replica, second: Replica): Promise<Replica> {
  for (const deadline = performance.now() + 5_000; performance.now() < deadline; ) {
    const before = [await first.ended(), await second.ended()] as const;
    await setTimeout(50);
    const moved = [(await first.ended()) - before[0], (await second.ended()) - before[1]] as const;
    if (moved[0] !== moved[1]) return moved[0] > moved[1] ? first : second;
  }
  return first;
}
