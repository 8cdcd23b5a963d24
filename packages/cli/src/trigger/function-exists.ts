import { functions } from "../function/function-object.ts";
import type { Place } from "./trigger-commands.ts";

/** A trigger may come before its function and then waits for it; but a name may also be mistyped. */
export async function warnWithoutFunction(name: string, { cluster, world }: Place): Promise<void> {
  const found = await cluster.client.find(functions, { namespace: cluster.namespace, name });
  if (found === undefined)
    await world.stderr.write(
      `Warning: there is no function ${name} in namespace ${cluster.namespace} yet; the trigger waits for it.\n`,
    );
}
