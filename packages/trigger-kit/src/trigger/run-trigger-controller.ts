import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { homedir, hostname } from "node:os";
import { DEFAULT_NAMESPACE } from "@kubeless/api-types";
import {
  ConfigError,
  createClusterClient,
  createLogger,
  loadConfig,
  loadKubeConfig,
  runMain,
} from "@kubeless/controller-kit";
import { z } from "zod";
import { answerInPod } from "../admin/answer-in-pod.ts";
import type { Broker } from "../admin/create-broker.ts";
import type { ConfigSchema, EventSource } from "../source.ts";
import { createTriggerManager } from "./create-trigger-manager.ts";
import type { TriggerKind, TriggerSpec } from "./trigger-kind.ts";

/** What a trigger's process is made of. */
export interface TriggerProgram<Spec extends TriggerSpec, Config> {
  /** The package's: its name in logs, and its Lease's. */
  readonly name: string;
  readonly kind: TriggerKind<Spec>;
  readonly source: EventSource<Spec, Config>;
  /** What answers `kubeless trigger … publish` and `dead-letters` when they are run in this process's pod. */
  readonly broker?: Broker | undefined;
}

/** The argument that makes the program answer one request of the command line instead of running the controller. */
const ANSWER = "answer";

const environmentSchema = z.object({
  KUBELESS_NAMESPACE: z.string().default(DEFAULT_NAMESPACE),
  FUNCTIONS_NAMESPACE: z.string().optional(),
  POD_NAME: z.string().optional(),
  POD_NAMESPACE: z.string().optional(),
  HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
});

/**
 * Runs a trigger's controller as the whole process, configured by its environment, until the first SIGTERM: it then
 * finishes what it is calling, commits, and exits 0. Whatever is wrong with the configuration is told at once, together,
 * and it exits 1.
 */
export function runTriggerController<Spec extends TriggerSpec, Config>(
  program: TriggerProgram<Spec, Config>,
  host: Pick<NodeJS.Process, "argv" | "env" | "stdin" | "stdout" | "stderr">,
): void {
  if (host.argv[2] === ANSWER) answer(program, host);
  else control(program, host);
}

function control<Spec extends TriggerSpec, Config>(
  { name, kind, source }: TriggerProgram<Spec, Config>,
  { env }: Pick<NodeJS.Process, "env">,
): void {
  const logger = createLogger({ level: env.LOG_LEVEL, fields: { controller: name } });
  const main = async (signal: AbortSignal) => {
    const { settings, config } = loadBoth(source.config, env);
    const kubeConfig = loadKubeConfig({ environment: env, homeDirectory: homedir() });
    const client = createClusterClient({ kubeConfig, userAgent: `kubeless-${name}` });
    const manager = createTriggerManager({
      name,
      identity: settings.POD_NAME ?? hostname(),
      process: settings.POD_NAME === undefined ? undefined : randomUUID(),
      kind,
      source,
      config,
      client,
      namespace: settings.FUNCTIONS_NAMESPACE,
      leaseNamespace: settings.POD_NAMESPACE ?? settings.KUBELESS_NAMESPACE,
      health: { port: settings.HEALTH_PORT },
      logger,
    });
    await manager.start();
    logger.info({ namespace: settings.FUNCTIONS_NAMESPACE ?? "all" }, "Controller synced and ready");
    if (!signal.aborted) await once(signal, "abort");
    await manager.stop();
    await client.close();
  };
  runMain(({ signal }) => main(signal), { logger });
}

/** Replies go to standard output, and nothing else does. */
function answer<Spec extends TriggerSpec, Config>(
  { name, kind, broker }: TriggerProgram<Spec, Config>,
  { env, stdin, stdout, stderr }: Pick<NodeJS.Process, "env" | "stdin" | "stdout" | "stderr">,
): void {
  const logger = createLogger({ level: "error", fields: { controller: name }, destination: stderr });
  runMain(
    async ({ signal }) => {
      if (broker === undefined) throw new Error(`${name} answers no requests.`);
      const kubeConfig = loadKubeConfig({ environment: env, homeDirectory: homedir() });
      const client = createClusterClient({ kubeConfig, userAgent: `kubeless-${name}` });
      const streams = { input: stdin, output: stdout };
      await answerInPod({ broker, kind: kind.resource, client, environment: env, signal, ...streams });
      await client.close();
    },
    { logger },
  );
}

/** The process's own settings and the source's, and the faults of both together. */
function loadBoth<Config>(schema: ConfigSchema<Config>, env: NodeJS.ProcessEnv) {
  const faults: ConfigError["faults"][number][] = [];
  const load = <Loaded>(read: () => Loaded): Loaded | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      faults.push(...error.faults);
      return undefined;
    }
  };
  const settings = load(() => loadConfig(environmentSchema, env));
  const config = load(() => loadConfig(schema, env) as Config);
  if (settings === undefined || config === undefined) throw new ConfigError(faults);
  return { settings, config };
}
