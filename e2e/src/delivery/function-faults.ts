import { setTimeout } from "node:timers/promises";
import type { Fault } from "./fault.ts";
import type { Behaviour, FunctionServer } from "./function-server.ts";

/** What a function does to those who call it. */
export function functionFaults(
  target: FunctionServer,
  setReady: (ready: boolean) => Promise<void>,
): readonly Fault[] {
  const misbehaviours: readonly Behaviour[] = [
    "is slow",
    "answers 500",
    "answers 429",
    "answers 404",
    "hangs",
    "closes the connection",
    "answers half",
  ];
  return [
    ...misbehaviours.map((behaviour) => ({
      name: `the function ${behaviour}`,
      lastsMs: behaviour === "hangs" ? 4_000 : 1_000,
      begin: () => target.behave(behaviour),
      end: () => target.behave("answers"),
    })),
    {
      name: "the function was killed",
      lastsMs: 2_000,
      async begin() {
        await target.kill();
        await setTimeout(200);
        await setReady(false);
      },
      async end() {
        await target.revive();
        await setReady(true);
      },
    },
  ];
}
