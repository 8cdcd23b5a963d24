import { on } from "node:events";
import { statSync, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ApiError, isUnreachable } from "@kubeless/controller-kit";
import { toFailure } from "../api-failure.ts";
import type { Cluster } from "../cluster.ts";
import { defineCommand } from "../command.ts";
import { CliError } from "../errors.ts";
import { changeFunction, type FunctionChanges } from "../function/change-function.ts";
import { functions, type LiveFunction } from "../function/function-object.ts";
import { followLogs } from "../function/logs.ts";
import { prepareFunction } from "../function/prepare-function.ts";
import { waitUntilReady } from "../function/wait.ts";
import { functionWords } from "../function/words.ts";
import { createObject, updateObject } from "../objects.ts";
import { createStyle } from "../output/style.ts";
import { UsageError } from "../parse.ts";
import { isUrl } from "../source/content-type.ts";
import { checkSize } from "../source/size.ts";
import { loadSource, type Source } from "../source/source.ts";
import type { World } from "../world.ts";
import { functionFlags, toChanges } from "./function/function-flags.ts";

const { "from-file": _, ...devFlags } = functionFlags;

export const dev = defineCommand({
  description:
    "Deploys it, or changes it when it is there already, then follows its logs and deploys again each time the file, " +
    "or something in the folder, is saved. What does not load is said and mended by the next save. The function stays " +
    "when this ends.",
  arguments: {
    source: { description: "The file or folder with the function", required: true, complete: "files" },
  },
  flags: {
    ...devFlags,
    name: { type: "string", placeholder: "NAME", description: "The function's name, instead of the file's" },
    "wait-timeout": {
      type: "integer",
      min: 1,
      default: 300,
      placeholder: "SECONDS",
      description: "How long to wait for each change to serve",
    },
  },
  examples: [
    { what: "On the local platform", line: "kubeless dev hello.js" },
    { what: "A folder, one of several exports", line: "kubeless dev ./render --handler render.page" },
  ],
  run: async ({ arguments: { source: place }, flags }, world) => {
    if (isUrl(place)) throw new UsageError("SOURCE is a file or a folder: a URL cannot be followed.");
    const name = flags.name ?? nameFor(resolve(world.workingDirectory, place));
    const cluster = await world.connect(flags);
    const session: Session = { name, cluster, world, timeoutSeconds: flags["wait-timeout"] };
    const first = await loadSource(place, world);
    const since = world.now();
    await deploySource(first, await toChanges(flags, first, world), session);
    await world.stderr.write(
      `Call it: ${world.program} function call ${name} -n ${cluster.namespace}. Saving deploys; Ctrl-C ends.\n`,
    );
    await together(world, (part) => [
      followLogs(name, cluster, part, since),
      followSource(place, first, { ...session, world: part }),
    ]);
    await world.stderr.write(
      `Function ${name} stays; delete it with ${world.program} function delete ${name} -n ${cluster.namespace}\n`,
    );
    return 0;
  },
});

/** Runs both until the signal aborts; when one fails the other one ends too. */
async function together(world: World, start: (part: World) => readonly Promise<void>[]): Promise<void> {
  const ended = new AbortController();
  try {
    await Promise.all(start({ ...world, signal: AbortSignal.any([world.signal, ended.signal]) }));
  } finally {
    ended.abort();
  }
}

interface Session {
  readonly name: string;
  readonly cluster: Cluster;
  readonly world: World;
  readonly timeoutSeconds: number;
}

/** Creates the function, or changes the one that is there; says how it went and leaves faults to the next save. */
async function deploySource(source: Source, changes: FunctionChanges, session: Session): Promise<void> {
  const { name, cluster, world, timeoutSeconds } = session;
  const style = createStyle(world.stderr, world.environment);
  try {
    const written = await write(source, changes, session);
    if (written !== undefined) await waitUntilReady(written, cluster, world, timeoutSeconds);
    await world.stderr.write(`${style.green("✓")} ${name} serves ${source.from}\n`);
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== "NotReady") throw error;
    await world.stderr.write(`${style.red("✗")} ${error.message}\n`);
  }
}

async function write(
  source: Source,
  changes: FunctionChanges,
  session: Session,
): Promise<LiveFunction | undefined> {
  const { name, cluster, world } = session;
  const request = { cluster, world, dryRun: "none", output: undefined } as const;
  const found = await cluster.client.find(functions, { namespace: cluster.namespace, name });
  if (found === undefined)
    return createObject(
      functions,
      await prepareFunction(name, changes, source, cluster, world),
      functionWords,
      request,
    );
  checkSize(source, changes.dependencies);
  return updateObject(functions, name, (before) => changeFunction(before, changes), functionWords, request);
}

/** Deploys again whenever what would be deployed has changed, until the signal aborts. */
async function followSource(place: string, first: Source, session: Session): Promise<void> {
  const { world } = session;
  let deployed = first.checksum;
  for await (const _ of saves(resolve(world.workingDirectory, place), first.isFolder, world.signal)) {
    await untilReachable(world, async () => {
      const source = await loadSource(place, world);
      if (source.checksum === deployed) return;
      await deploySource(source, { source }, session);
      deployed = source.checksum;
    });
  }
}

/** Tries again while the cluster does not answer; any other fault is said, and left to the next save. */
async function untilReachable(world: World, deploy: () => Promise<void>): Promise<void> {
  const retryMs = 1000;
  for (let isSaid = false; ; isSaid = true) {
    try {
      return await deploy();
    } catch (error) {
      if (world.signal.aborted) return;
      const failure = error instanceof ApiError ? toFailure(error) : error;
      if (!(failure instanceof CliError)) throw error;
      if (!isUnreachable(error)) return world.stderr.write(`${failure.message}\n`);
      if (!isSaid)
        await world.stderr.write(`The cluster does not answer (${error.message}). Waiting for it\n`);
      await delay(retryMs, undefined, { signal: world.signal });
    }
  }
}

/**
 * Once in the beginning, for what was saved before anybody looked, then for each save. Builds put a new folder in the
 * place of the old one: it is awaited, and watched then.
 */
async function* saves(path: string, isFolder: boolean, signal: AbortSignal): AsyncGenerator<void, void> {
  const lookMs = 200;
  const folder = isFolder ? path : dirname(path);
  while (!signal.aborted) {
    try {
      yield* savesWithin(folder, isFolder ? undefined : basename(path), signal);
      while (identityOf(folder) === undefined) await delay(lookMs, undefined, { signal });
    } catch (error) {
      if (!signal.aborted && identityOf(folder) !== undefined) throw error;
    }
  }
}

/**
 * Until the folder is gone or another one. Editors write a file in several steps, or put a new one in its place: its
 * folder is watched, a moment is waited.
 */
async function* savesWithin(
  folder: string,
  file: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<void, void> {
  const settleMs = 40;
  const watched = identityOf(folder);
  const watcher = watch(folder, { recursive: file === undefined });
  try {
    const changes = on(watcher, "change", { signal });
    yield;
    for await (const [, name] of changes) {
      if (file !== undefined && name !== file && identityOf(folder) === watched) continue;
      await delay(settleMs, undefined, { signal });
      yield;
      if (identityOf(folder) !== watched) return;
    }
  } finally {
    watcher.close();
  }
}

/** File systems give the number of a deleted folder to the next one. */
function identityOf(folder: string): string | undefined {
  const found = statSync(folder, { throwIfNoEntry: false });
  return found && `${found.ino} ${found.birthtimeMs}`;
}

/** A name that a Service can have, from the file's. */
function nameFor(path: string): string {
  const name = basename(path)
    .replace(/\.[^.]+$/, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 63);
  if (name === "") throw new UsageError("No name can be made of the file's: say one with --name.");
  return name;
}
