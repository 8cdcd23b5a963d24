import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, isAbsolute, join, posix } from "node:path";
import { parseQuantity } from "../schema/quantity.ts";
import { buildEnvironment, expand, serviceEnvironment } from "./environment.ts";
import { findImage, resolveCommand, resolveProgram } from "./images.ts";
import { createPathRewriter, type Mount } from "./mounts.ts";
import type { ImageEntry } from "./node-agent.ts";
import { type Container, namespaceOf, type Pod } from "./pod.ts";
import type { PodContext } from "./pod-context.ts";
import { type Launch, markVariable } from "./processes.ts";

/** A container ready to start: what to run, and how commands that come later (exec, probes) run beside it. */
export interface ContainerLaunch {
  /** Where the container may leave its last words. */
  readonly terminationLog: string;
  /** Throws ProgramError. */
  main(): Launch;
  /** Throws ProgramError. */
  command(command: readonly string[]): Launch;
}

/** Throws ConfigError or MountError. */
export function prepareLaunch(context: PodContext, container: Container, entry: ImageEntry): ContainerLaunch {
  const pod = context.pod();
  const folder = join(context.folder, "containers", container.name);
  const variables = buildEnvironment(
    context.api,
    context.node,
    pod,
    container,
    initialVariables(context, pod, entry),
  );
  const terminationLog = join(folder, "termination-log");
  const temporary = { mountPath: "/tmp", hostPath: makeFolder(folder, "tmp") };
  const own = context.volumes.mounts(pod, container, variables);
  const mounts = [
    ...(own.some(({ mountPath }) => mountPath === "/tmp") ? [] : [temporary]),
    ...own,
    { mountPath: container.terminationMessagePath || "/dev/termination-log", hostPath: terminationLog },
  ];
  const rewrite = createPathRewriter(mounts);
  const rewriteAll = (words: readonly string[]) => words.map((word) => rewrite(expand(word, variables)));
  const machine = { ...context.environment, ...entry.env };
  const mark = randomUUID();
  const rewritten = rewriteValues(variables, machine, rewrite);
  const env = { ...finishEnvironment(context, container, entry, mounts, rewritten), [markVariable]: mark };
  const cwd = workingFolder(folder, container, rewrite);
  const isInPod = (path: string) => path.startsWith(context.folder);
  const inPlace: Container = {
    ...container,
    ...(container.command ? { command: rewriteAll(container.command) } : {}),
    ...(container.args ? { args: rewriteAll(container.args) } : {}),
  };
  writeFileSync(terminationLog, "");
  return {
    terminationLog,
    main: () => ({
      argv: resolveCommand(entry, inPlace, isInPod),
      env,
      cwd,
      stdin: container.stdin ?? false,
      mark,
    }),
    command: (command) => ({
      argv: resolveProgram(entry, [...command.map(rewrite), ...archiveNames(command, mounts)], isInPod),
      env,
      cwd,
      stdin: false,
    }),
  };
}

/** What tar packs keeps the names the pod knows, as `kubectl cp` looks for them. Written for GNU tar. */
function archiveNames([program = ""]: readonly string[], mounts: readonly Mount[]): string[] {
  if (basename(program) !== "tar" || process.platform !== "linux") return [];
  const relative = (path: string) => path.replace(/^\//, "").replace(/[\\|.&]/g, "\\$&");
  return mounts.map(
    ({ hostPath, mountPath }) => `--transform=s|^/\\{0,1\\}${relative(hostPath)}|${relative(mountPath)}|`,
  );
}

/** The table's entry for the container's image. */
export function imageOf(context: PodContext, container: Container): ImageEntry | undefined {
  return findImage(context.images, container.image ?? "");
}

function initialVariables(context: PodContext, pod: Pod, entry: ImageEntry): Record<string, string> {
  const services =
    pod.spec.enableServiceLinks === false
      ? []
      : context.api.list("services", { namespace: namespaceOf(pod) });
  return {
    ...context.environment,
    HOSTNAME: pod.spec.hostname ?? pod.metadata.name,
    ...serviceEnvironment(services),
    ...entry.env,
  };
}

/** What only this machine needs comes last, whatever the pod says. */
function finishEnvironment(
  context: PodContext,
  container: Container,
  entry: ImageEntry,
  mounts: readonly Mount[],
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  const temporary = mounts.find(({ mountPath }) => mountPath === "/tmp")?.hostPath ?? "/tmp";
  const heap = heapMegabytes(container);
  const options = [
    `--require=${JSON.stringify(context.preload)}`,
    ...(heap === undefined ? [] : [`--max-old-space-size=${heap}`]),
    variables.NODE_OPTIONS ?? "",
  ];
  const { PATH = "" } = variables;
  return {
    HOME: temporary,
    TMPDIR: temporary,
    ...variables,
    ...portVariable(context, container, entry, variables),
    PATH: `${installPrograms(join(context.folder, "containers", container.name, "bin"), entry)}:${PATH}`,
    NODE_OPTIONS: options.join(" ").trim(),
    LOCAL_CLUSTER_POD: context.folder,
    LOCAL_CLUSTER_NAMESPACE: namespaceOf(context.pod()),
  };
}

/** The image's programs under their own names, for scripts that call them; returns the folder. */
function installPrograms(folder: string, { programs = {} }: ImageEntry): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, argv] of Object.entries(programs)) {
    const path = join(folder, basename(name));
    // One given by a bare name is found on PATH as it is; a script of that name would call itself.
    if (!isAbsolute(argv[0] ?? "") || existsSync(path)) continue;
    const words = argv.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`);
    writeFileSync(path, `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`, { mode: 0o755 });
  }
  return folder;
}

function portVariable(
  context: PodContext,
  container: Container,
  { portEnv }: ImageEntry,
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  const port = Number(variables[portEnv ?? ""] ?? container.ports?.[0]?.containerPort);
  return portEnv === undefined || !Number.isInteger(port)
    ? {}
    : { [portEnv]: String(context.realPort(port)) };
}

/** Three quarters of the memory limit are left to a Node program's heap, so that it collects before it is killed. */
function heapMegabytes(container: Container): number | undefined {
  const limit = parseQuantity(container.resources?.limits?.memory);
  return limit === undefined ? undefined : Math.max(8, Math.floor((limit * 0.75) / 2 ** 20));
}

function workingFolder(folder: string, { workingDir }: Container, rewrite: (text: string) => string): string {
  const mounted = workingDir === undefined ? undefined : rewrite(workingDir);
  if (mounted !== undefined && mounted !== workingDir) return mounted;
  return makeFolder(folder, join("root", posix.normalize(`/${workingDir ?? ""}`)));
}

function makeFolder(folder: string, name: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return path;
}

/** What this machine says of itself are paths of this machine already. */
function rewriteValues(
  variables: Readonly<Record<string, string>>,
  machine: Readonly<Record<string, string>>,
  rewrite: (text: string) => string,
): Record<string, string> {
  const entries = Object.entries(variables);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, machine[key] === value ? value : rewrite(value)]),
  );
}
