import { functionResource } from "@kubeless/api-types";
import type { Cluster } from "../cluster.ts";
import { loadRuntimes } from "../config/server-config.ts";
import { toError } from "../errors.ts";
import { checkSize } from "../source/size.ts";
import type { Source } from "../source/source.ts";
import type { World } from "../world.ts";
import { changeFunction, emptyFunction, type FunctionChanges } from "./change-function.ts";
import type { FunctionObject } from "./function-object.ts";
import { inferHandler, inferRuntime, type RuntimeChoice } from "./infer.ts";
import { withDefaults } from "./new-function.ts";

/**
 * The Function that a command line describes, checked as the API server will check it. Handler and runtime are inferred
 * where they are not said and the source tells; what was inferred is said on stderr.
 * @throws CliError SourceTooLarge, HandlerMissing, RuntimeMissing, UnknownRuntime, InvalidObject
 */
export async function prepareFunction(
  name: string,
  changes: FunctionChanges,
  source: Source | undefined,
  cluster: Cluster,
  world: World,
): Promise<FunctionObject> {
  checkSize(source, changes.dependencies);
  const inferred = source === undefined ? {} : await infer(source, changes, cluster, world);
  const complete = withDefaults({ ...changes, ...inferred });
  if (complete.runtime === undefined && complete.image === undefined)
    await failWithoutRuntime(name, cluster, world);
  const made = changeFunction(emptyFunction(cluster.namespace, name), complete);
  checkObject(made);
  return made;
}

/**
 * Refuses a runtime that the cluster's configuration does not have; a configuration that cannot be read is said and
 * lets everything pass, for the controller knows.
 */
export async function checkRuntime(runtime: string, cluster: Cluster, world: World): Promise<void> {
  const { runtimes, isFromCluster } = await loadRuntimes(cluster, world);
  if (!isFromCluster || runtimes.some(({ name }) => name === runtime)) return;
  throw toError("UnknownRuntime", { runtime, runtimes: namesOf(runtimes) });
}

async function infer(source: Source, changes: FunctionChanges, cluster: Cluster, world: World) {
  const handler = changes.handler ?? (changes.image === undefined ? inferHandler(source) : undefined);
  if (changes.handler === undefined && handler !== undefined)
    await world.stderr.write(`Handler ${handler}: the only function that ${source.from} exports\n`);
  if (changes.runtime !== undefined || changes.image !== undefined) {
    if (changes.runtime !== undefined) await checkRuntime(changes.runtime, cluster, world);
    return { handler };
  }
  const { runtimes } = await loadRuntimes(cluster, world);
  const runtime = inferRuntime(source, handler ?? "", runtimes);
  if (runtime === undefined)
    throw toError("RuntimeMissing", { source: source.from, runtimes: namesOf(runtimes) });
  await world.stderr.write(`Runtime ${runtime.name}: the newest for ${runtime.fileSuffix} files\n`);
  return { handler, runtime: runtime.name };
}

async function failWithoutRuntime(name: string, cluster: Cluster, world: World): Promise<never> {
  const { runtimes } = await loadRuntimes(cluster, world);
  throw toError("RuntimeMissing", { source: name, runtimes: namesOf(runtimes) });
}

function checkObject(made: FunctionObject): void {
  const result = functionResource.parse(made);
  if (result.ok) return;
  const faults = result.faults.map(({ path, message }) => `\n  ${path}: ${message}`).join("");
  throw toError("InvalidObject", { kind: made.kind, name: made.metadata.name, faults });
}

function namesOf(runtimes: readonly RuntimeChoice[]): string {
  return runtimes.map(({ name }) => name).join(", ");
}
