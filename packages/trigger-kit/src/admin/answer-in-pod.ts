import type { Readable, Writable } from "node:stream";
import { type BrokerReply, type BrokerRequest, brokerRequestSchema } from "@kubeless/api-types";
import {
  ApiError,
  type ClusterClient,
  type KubernetesObject,
  type Resource,
  resources,
} from "@kubeless/controller-kit";
import { SourceError } from "../source.ts";
import type { Broker, BrokerSurroundings } from "./create-broker.ts";

export interface AnswerInPodOptions {
  readonly broker: Broker;
  readonly kind: Resource<object>;
  readonly client: ClusterClient;
  readonly environment: BrokerSurroundings["environment"];
  readonly input: Readable;
  readonly output: Writable;
  readonly signal: AbortSignal;
}

/**
 * Reads one request, a line of JSON, and writes a line for each reply. This is what the command line runs in the
 * controller's pod, whose rights are just enough for it: objects are listed by their names, as the controller watches them.
 * A request that it does not understand and an API server that refuses are faults, told as the broker's are.
 */
export async function answerInPod(options: AnswerInPodOptions): Promise<void> {
  const { output } = options;
  for await (const reply of answer(options, JSON.parse(await readLine(options.input)))) {
    if (!output.write(`${JSON.stringify(reply)}\n`))
      await new Promise((resolve) => output.once("drain", resolve));
  }
}

async function* answer(options: AnswerInPodOptions, asked: unknown): AsyncGenerator<BrokerReply, void> {
  const request = brokerRequestSchema.safeParse(asked);
  if (!request.success) {
    const faults = request.error.issues
      .map(({ path, message }) => `${path.join(".")}: ${message}`)
      .join("; ");
    yield {
      fault: `The controller does not understand what was asked (${faults}): use the command line of its version.`,
    };
    return;
  }
  try {
    yield* options.broker.answer(request.data, surroundingsOf(options, request.data));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    yield { fault: `The API server refused the controller: ${error.message}` };
  }
}

function surroundingsOf(
  { client, kind, environment, signal }: AnswerInPodOptions,
  { namespace }: BrokerRequest,
): BrokerSurroundings {
  const find = async <T extends object>(resource: Resource<T>, name: string): Promise<T | undefined> => {
    const { items } = await client.list(resource, { namespace, fieldSelector: `metadata.name=${name}` });
    return items[0];
  };
  return {
    environment,
    signal,
    trigger: (name) => find(kind, name),
    async secret(name) {
      const found = await find(resources.secrets as Resource<SecretObject>, name);
      if (found === undefined)
        throw new SourceError("SecretNotFound", `There is no Secret ${name} in ${namespace}.`);
      return Object.fromEntries(
        Object.entries(found.data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64")]),
      );
    },
  };
}

type SecretObject = KubernetesObject & { data?: Record<string, string> };

/** Up to the first line break: whoever runs a command in a pod need not be able to end its input. */
async function readLine(input: Readable): Promise<string> {
  let text = "";
  for await (const chunk of input.setEncoding("utf8")) {
    text += chunk;
    const end = text.indexOf("\n");
    if (end !== -1) return text.slice(0, end);
  }
  return text;
}
