import { randomBytes } from "node:crypto";
import { homedir, hostname } from "node:os";
import { DEFAULT_CONFIG_NAME, DEFAULT_NAMESPACE } from "@kubeless/api-types";
import { z } from "zod";
import { type ClusterClient, createClusterClient } from "../cluster/client.ts";
import { loadKubeConfig } from "../cluster/kube-config.ts";
import { createLogger } from "../log/logger.ts";
import type { Projection } from "../projection/projection.ts";
import { runProjections } from "../projection/run-projections.ts";
import { loadConfig } from "./load-config.ts";
import { runMain } from "./run-main.ts";

/** The variables that every controller of ours has. */
const sharedVariables = () =>
  z.object({
    KUBELESS_NAMESPACE: z.string().optional(),
    KUBELESS_CONFIG: z.string().optional(),
    POD_NAME: z.string().default(hostname()),
    POD_NAMESPACE: z.string().optional(),
    HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
    LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  });

/** Where the ConfigMap `kubeless-config` is. */
export interface ConfigLocation {
  readonly namespace: string;
  readonly name: string;
}

/** What `KUBELESS_NAMESPACE` and `KUBELESS_CONFIG` say of it. */
export type GivenLocation = { readonly [Field in keyof ConfigLocation]: string | undefined };

export interface ControllerProgram<Variables extends z.ZodRawShape> {
  /** `http-trigger`: in logs, as the Lease's name, and after `kubeless-` as the user agent. */
  name: string;
  version: string;
  /** Variables of its own. */
  variables: Variables;
  environment: Readonly<Record<string, string | undefined>>;
  /** Where the configuration is when the environment leaves something open. Default `kubeless/kubeless-config`. */
  findConfig?(client: ClusterClient, given: GivenLocation): Promise<ConfigLocation>;
  projections(config: ConfigLocation, settings: Settings<Variables>): readonly Projection<object>[];
}

type Settings<Variables extends z.ZodRawShape> = z.output<ReturnType<typeof sharedVariables>> &
  z.output<z.ZodObject<Variables>>;

/**
 * Runs projections as a whole process, in a pod or beside a cluster: everything that the `main.ts` of our controllers have
 * in common. Faults of the environment are told together, then the process exits with 1; else see {@link runMain}.
 */
export function runController<Variables extends z.ZodRawShape>(program: ControllerProgram<Variables>): void {
  const { name, version, environment } = program;
  const shared = sharedVariables();
  const level = shared.shape.LOG_LEVEL.catch("info").parse(environment.LOG_LEVEL);
  const logger = createLogger({ level, fields: { controller: name, version } });
  runMain(
    async ({ signal }) => {
      const settings = loadConfig(shared.extend(program.variables), environment) as Settings<Variables>;
      const kubeConfig = loadKubeConfig({ environment, homeDirectory: homedir() });
      const client = createClusterClient({ kubeConfig, userAgent: `kubeless-${name}` });
      const given = { namespace: settings.KUBELESS_NAMESPACE, name: settings.KUBELESS_CONFIG };
      const config = (await program.findConfig?.(client, given)) ?? orDefault(given);
      await runProjections({
        name,
        client,
        projections: program.projections(config, settings),
        config,
        identity: `${settings.POD_NAME}-${randomBytes(4).toString("hex")}`,
        leaseNamespace: settings.POD_NAMESPACE ?? config.namespace,
        health: { port: settings.HEALTH_PORT },
        logger,
        signal,
      });
      await client.close();
    },
    { logger },
  );
}

function orDefault({
  namespace = DEFAULT_NAMESPACE,
  name = DEFAULT_CONFIG_NAME,
}: GivenLocation): ConfigLocation {
  return { namespace, name };
}
