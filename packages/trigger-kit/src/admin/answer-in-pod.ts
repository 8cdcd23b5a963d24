import type { Readable, Writable } from "node:stream";
import { brokerRequestSchema } from "@kubeless/api-types";
import {
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
 */
export async function answerInPod(options: AnswerInPodOptions): Promise<void> {
  const { broker, client, output } = options;
  const request = brokerRequestSchema.parse(JSON.parse(await readLine(options.input)));
  const { namespace } = request;
  const find = async <T extends object>(resource: Resource<T>, name: string): Promise<T | undefined> => {
    const { items } = await client.list(resource, { namespace, fieldSelector: `metadata.name=${name}` });
    return items[0];
  };
  const surroundings: BrokerSurroundings = {
    environment: options.environment,
    signal: options.signal,
    trigger: (name) => find(options.kind, name),
    async secret(name) {
      const found = await find(resources.secrets as Resource<SecretObject>, name);
      if (found === undefined)
        throw new SourceError("SecretNotFound", `There is no Secret ${name} in ${namespace}.`);
      return Object.fromEntries(
        Object.entries(found.data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64")]),
      );
    },
  };
  for await (const reply of broker.answer(request, surroundings)) {
    if (!output.write(`${JSON.stringify(reply)}\n`))
      await new Promise((resolve) => output.once("drain", resolve));
  }
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
