import { functions } from "../function/function-object.ts";
import type { Place } from "./trigger-commands.ts";

/** A trigger may come before its function and then waits for it; but a name may also be mistyped. Never fails. */
export async function warnWithoutFunction(name: string, { cluster, world }: Place): Promise<void> {
  try {
    const found = await cluster.client.find(functions, { namespace: cluster.namespace, name });
    if (found === undefined)
      await world.stderr.write(
        `Warning: there is no function ${name} in namespace ${cluster.namespace} yet; the trigger waits for it.\n`,
      );
  } catch (error) {
    if (world.signal.aborted) throw error;
    await world.stderr.write(
      `Warning: it is not checked that there is a function ${name}. ${(error as Error).message.split("\n")[0]}\n`,
    );
  }
}
