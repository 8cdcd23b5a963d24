import { randomBytes } from "node:crypto";
import { eventHeaders, eventNamespaces } from "@kubeless/api-types";
import { type RawResponse, resources } from "@kubeless/controller-kit";
import type { Cluster } from "../cluster.ts";
import { toError } from "../errors.ts";
import type { World } from "../world.ts";
import { findCondition, functions } from "./function-object.ts";

export interface Call {
  readonly name: string;
  /** Undefined: a GET without body. */
  readonly data: Uint8Array | undefined;
  /** Sent as they are, over those we would send. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Calls a function through the API server's proxy to its Service and writes what it answers to stdout as it arrives.
 * Data that is JSON is sent as such; all other data as a form, as Kubeless always did, unless a header says otherwise.
 * @throws CliError CallTimedOut on 408, CallFailed on any other answer but 2xx, NotServing, NotFound
 */
export async function callFunction(call: Call, cluster: Cluster, world: World): Promise<void> {
  const answer = await send(call, cluster, world);
  if (answer.status === 408) {
    await answer.body.dump();
    throw toError("CallTimedOut", { name: call.name, namespace: cluster.namespace });
  }
  if (answer.status >= 300) await failWith(answer, call, cluster, world);
  await copy(answer, call, cluster, world);
}

async function send({ name, data, headers }: Call, cluster: Cluster, world: World): Promise<RawResponse> {
  const port = await findPort(name, cluster, world);
  const path = `/api/v1/namespaces/${cluster.namespace}/services/${name}:${port}/proxy/`;
  return cluster.client.request(path, {
    method: data === undefined ? "GET" : "POST",
    headers: { ...eventHeadersOf(data, headers["content-type"], world.now()), ...headers },
    body: data,
    signal: world.signal,
    headersTimeoutMs: 0,
  });
}

async function findPort(name: string, cluster: Cluster, world: World): Promise<string> {
  const at = { namespace: cluster.namespace, name };
  const service = await cluster.client.find(resources.services, at, { signal: world.signal });
  const [first] = service?.spec?.ports ?? [];
  if (first === undefined) throw await whyNotServing(name, "Unable to find the service for it", cluster);
  return first.name || String(first.port);
}

function eventHeadersOf(
  data: Uint8Array | undefined,
  given: string | undefined,
  now: Date,
): Record<string, string> {
  const common = {
    accept: "*/*",
    [eventHeaders.id]: randomBytes(11).toString("base64url"),
    [eventHeaders.time]: now.toISOString().replace(/\.\d+Z$/, "Z"),
    [eventHeaders.namespace]: eventNamespaces.cli,
  };
  if (data === undefined) return common;
  const type = given ?? (isJson(data) ? "application/json" : "application/x-www-form-urlencoded");
  return { ...common, "content-type": type, [eventHeaders.type]: type };
}

function isJson(data: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data));
    return true;
  } catch {
    return false;
  }
}

/**
 * Text ends with a newline, as Kubeless always printed it; other bytes stay as they are unless a person reads along.
 * @throws CliError CallBroken
 */
async function copy(answer: RawResponse, { name }: Call, cluster: Cluster, world: World): Promise<void> {
  const { body, headers } = answer;
  let last: number | undefined;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      await world.stdout.write(chunk);
      last = chunk.at(-1);
    }
  } catch (cause) {
    const command = `${world.program} function logs ${name} -n ${cluster.namespace}`;
    throw toError("CallBroken", { name, cause: (cause as Error).message, command }, { cause });
  }
  const isText = /^(text\/|application\/([\w.-]+\+)?json)|^$/.test(String(headers["content-type"] ?? ""));
  if (last !== undefined && last !== 0x0a && (isText || world.stdout.isTTY)) await world.stdout.write("\n");
}

async function failWith(answer: RawResponse, call: Call, cluster: Cluster, world: World): Promise<never> {
  const body = await answer.body.text();
  const refusal = proxyRefusal(body);
  if (refusal !== undefined) throw await whyNotServing(call.name, refusal, cluster);
  if (body !== "") await world.stdout.write(body.endsWith("\n") ? body : `${body}\n`);
  throw toError("CallFailed", {
    name: call.name,
    status: String(answer.status),
    command: `${world.program} function logs ${call.name} -n ${cluster.namespace}`,
  });
}

/** What the API server itself says when it cannot pass the call on; a function's own answer is none of it. */
function proxyRefusal(body: string): string | undefined {
  try {
    const status = JSON.parse(body) as { kind?: string; apiVersion?: string; message?: string };
    return status.kind === "Status" && status.apiVersion === "v1"
      ? (status.message ?? "it is refused")
      : undefined;
  } catch {
    return undefined;
  }
}

/** The function's own status knows better than the proxy why nobody answers. */
async function whyNotServing(name: string, fallback: string, cluster: Cluster): Promise<Error> {
  const found = await cluster.client.find(functions, { namespace: cluster.namespace, name });
  if (found === undefined) {
    const command = `kubeless function list -n ${cluster.namespace}`;
    return toError("NotFound", { kind: "Function", name, namespace: cluster.namespace, command });
  }
  const ready = findCondition(found, "Ready");
  const reason = ready?.status === "True" || !ready?.message ? fallback : `${ready.reason}: ${ready.message}`;
  const command = `kubeless function describe ${name} -n ${cluster.namespace}`;
  return toError("NotServing", { name, reason: reason.replace(/\.$/, ""), command });
}
