import { isAlreadyExists, isConflict, isNotFound, type Live, type Resource } from "@kubeless/controller-kit";
import { isKindMissing } from "./api-failure.ts";
import { announce, type Cluster } from "./cluster.ts";
import { toError } from "./errors.ts";
import { type Format, printFormatted } from "./output/format.ts";
import type { World } from "./world.ts";

export type DryRun = "none" | "client" | "server";

/** An object of one of our kinds, as far as writing it needs to know. */
export interface NamedObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string | undefined; resourceVersion?: string | undefined };
}

/** How a kind is spoken of, and which commands are about it. */
export interface KindWords {
  /** `Function` */
  readonly kind: string;
  /** `kubeless function` */
  readonly command: string;
}

export interface WriteRequest {
  readonly cluster: Cluster;
  readonly world: World;
  readonly dryRun: DryRun;
  readonly output: Format | undefined;
}

/**
 * Creates an object, or says what would be created. Undefined when nothing was written.
 * @throws CliError AlreadyExists
 */
export async function createObject<T extends NamedObject>(
  resource: Resource<T>,
  object: T,
  words: KindWords,
  { cluster, world, dryRun, output }: WriteRequest,
): Promise<Live<T> | undefined> {
  if (dryRun === "client") return print(object, output, world);
  await announce(cluster, world);
  const made = await sendObject(resource, object, words, { cluster, world, dryRun });
  if (dryRun === "server") return print(made, output, world);
  await printFormatted(world.stdout, output, made);
  return made;
}

/**
 * Has the API server create an object, or with `server` check that it could, and prints nothing.
 * @throws CliError AlreadyExists
 */
export async function sendObject<T extends NamedObject>(
  resource: Resource<T>,
  object: T,
  words: KindWords,
  { cluster, world, dryRun }: Pick<WriteRequest, "cluster" | "world" | "dryRun">,
): Promise<Live<T>> {
  const { name } = object.metadata;
  try {
    return await cluster.client.create(resource, object, {
      dryRun: dryRun === "server",
      signal: world.signal,
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const command = `${words.command} update ${name} -n ${cluster.namespace}`;
    throw toError("AlreadyExists", { kind: words.kind, name, namespace: cluster.namespace, command });
  }
}

/**
 * Reads an object, changes it and writes it back whole, with the version that was read; read and changed again when
 * somebody was quicker. Undefined when nothing was written (dry run).
 * @throws CliError NotFound
 */
export async function updateObject<T extends NamedObject>(
  resource: Resource<T>,
  name: string,
  change: (before: Live<T>) => T | Promise<T>,
  words: KindWords,
  { cluster, world, dryRun, output }: WriteRequest,
): Promise<Live<T> | undefined> {
  const at = { namespace: cluster.namespace, name };
  const before = await getObject(resource, name, words, cluster);
  if (dryRun === "client") return print(await change(before), output, world);
  await announce(cluster, world);
  for (let current = before; ; current = await cluster.client.get(resource, at)) {
    try {
      const options = { dryRun: dryRun === "server", signal: world.signal };
      const written = await cluster.client.replace(resource, await change(current), options);
      if (dryRun === "server") return print(written, output, world);
      await printFormatted(world.stdout, output, written);
      return written;
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
}

/** @throws CliError NotFound, with how to see what there is */
export async function getObject<T extends object>(
  resource: Resource<T>,
  name: string,
  words: KindWords,
  cluster: Cluster,
): Promise<Live<T>> {
  try {
    return await cluster.client.get(resource, { namespace: cluster.namespace, name });
  } catch (error) {
    throw translateMissing(error, name, words, cluster);
  }
}

/** @throws CliError NotFound */
export async function deleteObject(
  resource: Resource<object>,
  name: string,
  words: KindWords,
  cluster: Cluster,
  world: World,
): Promise<void> {
  await announce(cluster, world);
  try {
    await cluster.client.delete(resource, { namespace: cluster.namespace, name }, { signal: world.signal });
  } catch (error) {
    throw translateMissing(error, name, words, cluster);
  }
}

/**
 * Those that are named, or all of the namespace, by name.
 * @throws CliError NotFound for the first that is named and not there
 */
export async function listObjects<T extends object>(
  resource: Resource<T>,
  words: KindWords,
  { client, namespace }: Cluster,
  names: readonly string[] = [],
): Promise<readonly Live<T>[]> {
  const { items } = await client.list(resource, { namespace });
  const missing = names.find((name) => !items.some(({ metadata }) => metadata.name === name));
  if (missing !== undefined) throw notFound(missing, words, namespace);
  const wanted = names.length === 0 ? items : items.filter(({ metadata }) => names.includes(metadata.name));
  return wanted.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

async function print(object: NamedObject, output: Format | undefined, world: World): Promise<undefined> {
  const format = output === undefined || output === "wide" ? "yaml" : output;
  await printFormatted(world.stdout, format, object);
  return undefined;
}

function translateMissing(error: unknown, name: string, words: KindWords, { namespace }: Cluster): unknown {
  return !isNotFound(error) || isKindMissing(error) ? error : notFound(name, words, namespace);
}

function notFound(name: string, { kind, command }: KindWords, namespace: string): Error {
  return toError("NotFound", { kind, name, namespace, command: `${command} list -n ${namespace}` });
}
