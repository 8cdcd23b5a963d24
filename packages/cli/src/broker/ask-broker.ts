import type { BrokerAnswers, BrokerOperation, BrokerReply, BrokerRequest } from "@kubeless/api-types";
import type { ExecError } from "@kubeless/controller-kit";
import type { Cluster } from "../cluster.ts";
import { toError } from "../errors.ts";
import { type TriggerKind, triggerKinds } from "../trigger/trigger-object.ts";
import type { World } from "../world.ts";
import { brokers } from "./broker-list.ts";
import { findControllerPod } from "./find-controller-pod.ts";
import { untilAborted } from "./until-aborted.ts";

export type BrokerKind = keyof typeof brokers & TriggerKind;

export interface Question {
  readonly kind: BrokerKind;
  /** Absent when the broker is reached from here and no trigger is meant. */
  readonly cluster: Cluster | undefined;
  readonly namespace: string;
  readonly trigger: string | undefined;
  /** Beside the person's own, where the broker is reached from here; undefined: the controller's pod is asked. */
  readonly environment: Readonly<Record<string, string>> | undefined;
  readonly spec: BrokerRequest["spec"];
  /** Where the controller's pods are. */
  readonly controllerNamespace: string;
}

/**
 * Asks the broker: from here, or by a command in the controller's pod, so that Secrets stay in the cluster.
 * @throws CliError BrokerRefused or BrokerUnreached, with the sentence of who was asked; NoController or ExecFailed where that is a pod
 */
export async function* askBroker<Do extends BrokerOperation["do"]>(
  question: Question,
  operation: Extract<BrokerOperation, { do: Do }>,
  world: World,
): AsyncGenerator<BrokerAnswers[Do], void> {
  const { namespace, trigger, spec, environment } = question;
  const request: BrokerRequest = { namespace, trigger, spec, operation };
  const replies =
    environment === undefined
      ? askPod(question, request, world)
      : askHere(question, environment, request, world);
  for await (const reply of untilAborted(replies, world.signal)) {
    if ("end" in reply) return;
    if ("fault" in reply) throw toFailure(reply);
    yield reply.item as BrokerAnswers[Do];
  }
  throw toError("BrokerRefused", {
    fault: "The answer was cut off.",
    advice: "Look what was done before you ask again: it may have been done in part.",
  });
}

function toFailure({ fault, isUnreached }: { fault: string; isUnreached?: boolean }) {
  return isUnreached === true
    ? toError("BrokerUnreached", { fault })
    : toError("BrokerRefused", { fault, advice: "" });
}

async function* askHere(
  { kind, cluster, namespace }: Question,
  environment: Readonly<Record<string, string>>,
  request: BrokerRequest,
  world: World,
): AsyncIterable<BrokerReply> {
  const broker = await brokers[kind]();
  yield* broker.answer(request, {
    environment: { ...world.environment, ...environment },
    signal: world.signal,
    trigger: async (name) => cluster?.client.find(triggerKinds[kind], { namespace, name }),
    secret: async (name) => {
      throw toError("BrokerRefused", {
        fault: `The Secret ${name} stays in the cluster.`,
        advice: "Say in the environment how to log in from here.",
      });
    },
  });
}

async function* askPod(
  { kind, cluster, controllerNamespace: namespace }: Question,
  request: BrokerRequest,
  { signal }: World,
): AsyncIterable<BrokerReply> {
  if (cluster === undefined) return;
  const pod = await findControllerPod(cluster.client, namespace, `${kind}-trigger`);
  const command = ["node", "/app/main.js", "answer"];
  const input = `${JSON.stringify(request)}\n`;
  const output = cluster.exec({ namespace, pod, container: "controller", command, input, signal });
  try {
    for await (const line of linesOf(output)) yield JSON.parse(line) as BrokerReply;
  } catch (error) {
    if (!isExecError(error)) throw error;
    throw toError("ExecFailed", { fault: error.message }, { cause: error });
  }
}

/** By name, so that the client is not loaded just to ask. */
function isExecError(error: unknown): error is ExecError {
  return error instanceof Error && error.name === "ExecError";
}

async function* linesOf(chunks: AsyncIterable<string>): AsyncIterable<string> {
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
