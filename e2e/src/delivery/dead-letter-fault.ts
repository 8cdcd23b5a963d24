import type { Broker } from "./broker.ts";
import type { Fault } from "./fault.ts";
import type { FunctionServer } from "./function-server.ts";

/** The function refuses events, and what becomes of refused events is refused too: their positions are held till it is taken. */
export function deadLetterFault(target: FunctionServer, broker: Broker): Fault {
  return {
    name: "dead letters were refused",
    lastsMs: 2_000,
    async begin() {
      await broker.refuseDeadLetters(true);
      target.behave("answers 404");
    },
    async end() {
      target.behave("answers");
      await broker.refuseDeadLetters(false);
    },
  };
}
