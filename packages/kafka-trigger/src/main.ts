import { once } from "node:events";
import { homedir, hostname } from "node:os";
import { DEFAULT_NAMESPACE } from "@kubeless/api-types";
import {
  createClusterClient,
  createLogger,
  loadConfig,
  loadKubeConfig,
  runMain,
} from "@kubeless/controller-kit";
import { createTriggerManager } from "@kubeless/trigger-kit";
import { z } from "zod";
import { kafkaConfig } from "./kafka-config.ts";
import { kafkaKind } from "./kafka-kind.ts";
import { kafkaSource } from "./kafka-source.ts";

const environment = z.object({
  KUBELESS_NAMESPACE: z.string().default(DEFAULT_NAMESPACE),
  FUNCTIONS_NAMESPACE: z.string().optional(),
  POD_NAME: z.string().default(hostname()),
  POD_NAMESPACE: z.string().optional(),
  HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
});

const logger = createLogger({ level: process.env.LOG_LEVEL, fields: { controller: "kafka-trigger" } });

runMain(
  async ({ signal }) => {
    const settings = loadConfig(environment, process.env);
    const kubeConfig = loadKubeConfig({ environment: process.env, homeDirectory: homedir() });
    const client = createClusterClient({ kubeConfig, userAgent: "kubeless-kafka-trigger" });
    const manager = createTriggerManager({
      name: "kafka-trigger",
      identity: settings.POD_NAME,
      kind: kafkaKind,
      source: kafkaSource,
      config: loadConfig(kafkaConfig, process.env),
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
  },
  { logger },
);
