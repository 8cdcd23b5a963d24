import { type ConditionType, DEFAULT_CONFIG_NAME, type Reason } from "@kubeless/api-types";
import type { Cluster } from "../cluster.ts";
import { toError } from "../errors.ts";
import { createProgress, type Progress } from "../output/progress.ts";
import { createStyle, type Style } from "../output/style.ts";
import { watchObject } from "../watch-object.ts";
import type { World } from "../world.ts";
import {
  type Condition,
  type FunctionObject,
  findCondition,
  functions,
  type LiveFunction,
} from "./function-object.ts";

/** Reasons under which the cluster is still at work, or may go on by itself: not yet a failure. */
const stillWorking: ReadonlySet<string> = new Set<Reason>([
  "Pending",
  "RollingOut",
  "WaitingForRollout",
  "NotReady",
  "Unschedulable",
]);

interface Phase {
  readonly type: ConditionType<"Function">;
  readonly doing: string;
  readonly done: string;
}

/** What each phase is called while it is under way and when it is over, in their order. */
const phases: readonly Phase[] = [
  { type: "Accepted", doing: "Checking the function", done: "Accepted" },
  { type: "SourceReady", doing: "Getting the source", done: "Source ready" },
  { type: "DependenciesInstalled", doing: "Installing dependencies", done: "Dependencies installed" },
  { type: "Deployed", doing: "Deploying", done: "Deployed" },
  { type: "Serving", doing: "Starting", done: "Serving" },
];

/**
 * Waits until the generation just written serves, and shows the phases as they happen.
 * @throws CliError NotReady with the reason the cluster gives, WaitTimedOut, NotFound when it is deleted meanwhile
 */
export async function waitUntilReady(
  written: LiveFunction,
  cluster: Cluster,
  world: World,
  timeoutSeconds: number,
): Promise<LiveFunction> {
  const progress = createProgress(world);
  const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
  const at = { namespace: cluster.namespace, name: written.metadata.name };
  let last: LiveFunction = written;
  try {
    const shown = new Set<string>();
    for await (const now of watchObject(
      cluster.client,
      functions,
      at,
      AbortSignal.any([world.signal, timeout]),
    )) {
      if (now === undefined)
        throw toError("NotFound", {
          kind: "Function",
          ...at,
          command: `kubeless function list -n ${cluster.namespace}`,
        });
      last = now;
      if (await advance(now, written, shown, progress, createStyle(world.stderr, world.environment)))
        return now;
    }
    return last;
  } catch (error) {
    if (timeout.aborted && !world.signal.aborted) throw timedOut(last, timeoutSeconds);
    throw error;
  } finally {
    progress.end();
  }
}

/** Shows what is new; true when all is well. */
async function advance(
  now: LiveFunction,
  written: LiveFunction,
  shown: Set<string>,
  progress: Progress,
  style: Style,
): Promise<boolean> {
  const wanted = written.metadata.generation ?? 0;
  if (!isAbout(now, wanted)) {
    progress.show("Waiting for the function controller");
    return false;
  }
  for (const { type, done } of phases) {
    const condition = findCondition(now, type);
    if (condition?.status !== "True" || shown.has(type)) continue;
    shown.add(type);
    if (condition.reason === "NoDependencies") continue;
    await progress.line(`${style.green("✓")} ${done}${noteOf(condition)}`);
  }
  const ready = findCondition(now, "Ready");
  if (ready?.status === "True") return true;
  if (ready?.status === "False" && !stillWorking.has(ready.reason ?? "")) throw notReady(now, ready);
  const pending = phases.find(({ type }) => findCondition(now, type)?.status !== "True");
  progress.show(`${pending?.doing ?? "Waiting"}: ${ready?.message ?? ""}`);
  return false;
}

/** Whether the status speaks of the generation that was written, or a later one. */
function isAbout({ status }: FunctionObject, generation: number): boolean {
  return (status?.observedGeneration ?? 0) >= generation;
}

function noteOf({ reason, message }: Condition): string {
  return reason === "RuntimeNote" || reason === "SourceNotPinned" ? ` (${message})` : "";
}

function notReady(object: LiveFunction, { reason, message }: Condition): Error {
  const { name, namespace } = object.metadata;
  return toError("NotReady", {
    name,
    reason: reason ?? "NotReady",
    message: message ?? "no more is known",
    advice: `See more: kubeless function describe ${name} -n ${namespace}, kubeless function logs ${name} -n ${namespace}.`,
  });
}

function timedOut(last: LiveFunction, timeoutSeconds: number): Error {
  const { name, namespace, generation = 0 } = last.metadata;
  const message = isAbout(last, generation)
    ? (findCondition(last, "Ready")?.message ?? "no more is known")
    : `no function controller has looked at it: is Kubeless installed (${DEFAULT_CONFIG_NAME})?`;
  return toError("WaitTimedOut", {
    name,
    seconds: String(timeoutSeconds),
    message,
    command: `kubeless function describe ${name} -n ${namespace}`,
  });
}
