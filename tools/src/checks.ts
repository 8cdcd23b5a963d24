import { checkArrows } from "./arrows.ts";
import { checkBrokerNames } from "./broker-names.ts";
import { checkEnvironment } from "./environment.ts";
import { checkErrorTables } from "./error-table.ts";
import { checkExports } from "./exports.ts";
import { checkGenerated } from "./generated.ts";
import { checkNames } from "./names.ts";
import { checkRoles } from "./roles.ts";
import type { Fault } from "./workspace.ts";

export interface Check {
  /** The rule, as a sentence that is true when nothing is at fault. */
  readonly rule: string;
  readonly run: (root: string) => readonly Fault[] | Promise<readonly Fault[]>;
}

/** The rules of the house that are held after a build, in the order in which they are told. */
export const checks: readonly Check[] = [
  { rule: "Arrows between packages never turn back", run: checkArrows },
  { rule: "The kit of event sources names no broker", run: checkBrokerNames },
  { rule: "Every package has the files of its kind", run: checkRoles },
  { rule: "The environment is read in main.ts only", run: checkEnvironment },
  {
    rule: "Names of labels, annotations, finalizers, headers, conditions and reasons stand in api-types only",
    run: checkNames,
  },
  { rule: "Declared exports are built, and built entries are declared", run: checkExports },
  { rule: "Generated files are what their generators write", run: checkGenerated },
  { rule: "Error tables and their documentation agree", run: checkErrorTables },
];

/** The faults that a check finds; one that cannot be made is a fault too. */
export async function faultsOf({ run }: Check, root: string): Promise<readonly Fault[]> {
  try {
    return await run(root);
  } catch (error) {
    const [why] = String((error as Error)?.message ?? error).split("\n");
    return [{ where: root, what: `could not be checked: ${why}` }];
  }
}
