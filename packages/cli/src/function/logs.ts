import { setTimeout as delay } from "node:timers/promises";
import { isExpired, isUnreachable, type Live, resources, toPath } from "@kubeless/controller-kit";
import type { Cluster } from "../cluster.ts";
import { toError } from "../errors.ts";
import { getObject } from "../objects.ts";
import { createStyle } from "../output/style.ts";
import type { World } from "../world.ts";
import { findCondition, functions, type LiveFunction } from "./function-object.ts";
import { functionWords } from "./words.ts";

type Pod = Live<PodLike>;

/** What of a pod says which logs there are. */
interface PodLike {
  spec?: { containers?: { name: string }[]; initContainers?: { name: string }[] };
  status?: { containerStatuses?: ContainerStatus[]; initContainerStatuses?: ContainerStatus[] };
}

interface ContainerStatus {
  name: string;
  restartCount?: number;
  containerID?: string;
  state?: { terminated?: { exitCode?: number } };
}

/** One container's log, in one of its lives. */
interface LogSource {
  /** The same for one life of one container, so that none is printed twice. */
  readonly id: string;
  readonly pod: string;
  readonly container: string;
  readonly isMain: boolean;
}

export interface LogRequest {
  readonly name: string;
  /** The life before the present one, of containers that were restarted. */
  readonly previous: boolean;
}

/**
 * Prints the logs of all pods of a function, of init containers that have not succeeded too; each line says whose it is
 * when there is more than one log.
 * @throws CliError NoPods with the reason the function's status gives
 */
export async function printLogs(request: LogRequest, cluster: Cluster, world: World): Promise<void> {
  const pods = await listPods(request.name, cluster, world);
  if (pods.items.length === 0) throw await whyNoPods(request.name, cluster);
  const found = pods.items.flatMap((pod) => sourcesOf(pod, request.previous).filter(isWorthPrinting(pod)));
  if (found.length === 0)
    await world.stderr.write(
      `No container of ${request.name} has ${request.previous ? "an earlier life" : "started"} yet.\n`,
    );
  for (const source of found) {
    await printLog(
      source,
      { follow: false, previous: request.previous, prefix: found.length > 1 },
      cluster,
      world,
    );
  }
}

/**
 * Follows the logs of all pods of a function, those that come later included, init containers and restarts too, until
 * the signal aborts. With `since`, what was said before is left out.
 * @throws CliError NotFound
 */
export async function followLogs(name: string, cluster: Cluster, world: World, since?: Date): Promise<void> {
  const seen = new Set<string>();
  const follow = async (source: LogSource, from: Date | undefined) => {
    if (seen.has(source.id)) return;
    seen.add(source.id);
    try {
      await printLog(source, { follow: true, previous: false, prefix: true, since: from }, cluster, world);
    } catch (error) {
      if (world.signal.aborted) return;
      await world.stderr.write(`${source.pod} ${source.container}: ${(error as Error).message}\n`);
      if (error instanceof LogUnreadable) return;
      const brokenAt = world.now();
      await delay(retryMs, undefined, { signal: world.signal });
      seen.delete(source.id);
      await follow(source, brokenAt);
    }
  };
  try {
    for await (const pod of watchPods(name, cluster, world))
      for (const source of sourcesOf(pod, false)) follow(source, since).catch(() => undefined); // Aborted.
  } catch (error) {
    if (!world.signal.aborted) throw error;
  }
}

/** The pods now, and each change of one; goes on when the API server comes back after it was away. */
async function* watchPods(name: string, cluster: Cluster, world: World): AsyncGenerator<Pod, void> {
  const select = { namespace: cluster.namespace, labelSelector: `function=${name}`, signal: world.signal };
  for (;;) {
    try {
      const { items, resourceVersion } = await listPods(name, cluster, world);
      if (items.length === 0) {
        await findOwner(name, cluster);
        await world.stderr.write(`${name} has no pods yet; waiting for the first one.\n`);
      }
      yield* items;
      for await (const event of cluster.client.watch(resources.pods, { ...select, resourceVersion }))
        if (event.type === "ADDED" || event.type === "MODIFIED") yield event.object as Pod;
    } catch (error) {
      if (world.signal.aborted || !(isExpired(error) || isUnreachable(error))) throw error;
      await delay(isExpired(error) ? 0 : retryMs, undefined, { signal: world.signal });
    }
  }
}

async function listPods(
  name: string,
  { client, namespace }: Cluster,
  { signal }: World,
): Promise<{ items: readonly Pod[]; resourceVersion: string }> {
  const { items, resourceVersion } = await client.list(resources.pods, {
    namespace,
    labelSelector: `function=${name}`,
    signal,
  });
  return { items: items as readonly Pod[], resourceVersion };
}

/** How long an API server that is away is left alone. */
const retryMs = 1000;

/** The API server has answered, and not with a log: the pod is gone, say. */
class LogUnreadable extends Error {}

/** The containers that have run, init containers first. */
function sourcesOf({ metadata, status, spec }: Pod, previous: boolean): readonly LogSource[] {
  const [main] = spec?.containers ?? [];
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all
    .filter(({ containerID, restartCount = 0 }) => (previous ? restartCount > 0 : containerID))
    .map(({ name, containerID = "" }) => ({
      id: `${metadata.uid}/${name}/${containerID}`,
      pod: metadata.name,
      container: name,
      isMain: name === main?.name,
    }));
}

/** An init container that succeeded has nothing to say to somebody who asks for the function's log. */
function isWorthPrinting({ status }: Pod): (source: LogSource) => boolean {
  const succeeded = (status?.initContainerStatuses ?? [])
    .filter(({ state }) => state?.terminated?.exitCode === 0)
    .map(({ name }) => name);
  return ({ container }) => !succeeded.includes(container);
}

interface PrintOptions {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly prefix: boolean;
  readonly since?: Date | undefined;
}

async function printLog(
  source: LogSource,
  options: PrintOptions,
  cluster: Cluster,
  world: World,
): Promise<void> {
  const at = { namespace: cluster.namespace, name: source.pod, subresource: "log" };
  const { status, body } = await cluster.client.request(toPath(resources.pods, at), {
    query: {
      container: source.container,
      follow: options.follow || undefined,
      previous: options.previous || undefined,
      sinceTime: options.since?.toISOString(),
    },
    signal: world.signal,
    headersTimeoutMs: 0,
    headers: { accept: "*/*" },
  });
  const style = createStyle(world.stdout, world.environment);
  const whose = source.isMain ? source.pod : `${source.pod} ${source.container}`;
  const prefix = options.prefix ? `${style.cyan(`[${whose}]`)} ` : "";
  if (status >= 300) throw new LogUnreadable(`its log cannot be read: ${messageOf(await body.text())}`);
  for await (const line of toLines(body)) await world.stdout.write(`${prefix}${line}\n`);
}

async function* toLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

function messageOf(body: string): string {
  try {
    return String((JSON.parse(body) as { message?: string }).message);
  } catch {
    return body;
  }
}

async function whyNoPods(name: string, cluster: Cluster): Promise<Error> {
  const ready = findCondition(await findOwner(name, cluster), "Ready");
  const reason = ready?.message ? ` (${ready.reason}: ${ready.message})` : "";
  const command = `kubeless function describe ${name} -n ${cluster.namespace}`;
  return toError("NoPods", { name, reason, command });
}

/** @throws CliError NotFound: who names a function that there is not shall not wait for its pods. */
async function findOwner(name: string, cluster: Cluster): Promise<LiveFunction> {
  return getObject(functions, name, functionWords, cluster);
}
