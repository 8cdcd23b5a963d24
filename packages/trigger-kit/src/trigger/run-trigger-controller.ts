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
import type { ConfigSchema, EventSource } from "../source.ts";
import { createTriggerManager } from "./create-trigger-manager.ts";
import type { TriggerKind, TriggerSpec } from "./trigger-kind.ts";

/** What a trigger's process is made of. */
export interface TriggerProgram<Spec extends TriggerSpec, Config> {
  /** `kafka-trigger`: its name in logs, and its Lease's. */
  readonly name: string;
  readonly kind: TriggerKind<Spec>;
  readonly source: EventSource<Spec, Config>;
}

const environmentSchema = z.object({
  KUBELESS_NAMESPACE: z.string().default(DEFAULT_NAMESPACE),
  FUNCTIONS_NAMESPACE: z.string().optional(),
  POD_NAME: z.string().default(hostname()),
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
  { env }: Pick<NodeJS.Process, "env">,
): void {
  const { name, kind, source } = program;
  const logger = createLogger({ level: env.LOG_LEVEL, fields: { controller: name } });
  const main = async (signal: AbortSignal) => {
    const { settings, config } = loadBoth(source.config, env);
    const kubeConfig = loadKubeConfig({ environment: env, homeDirectory: homedir() });
    const client = createClusterClient({ kubeConfig, userAgent: `kubeless-${name}` });
    const manager = createTriggerManager({
      name,
      identity: settings.POD_NAME,
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
