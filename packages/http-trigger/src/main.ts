import { randomBytes } from "node:crypto";
import { homedir, hostname } from "node:os";
import { DEFAULT_CONFIG_NAME, DEFAULT_NAMESPACE } from "@kubeless/api-types";
import {
  createClusterClient,
  createLogger,
  loadConfig,
  loadKubeConfig,
  runMain,
  runProjections,
} from "@kubeless/controller-kit";
import { z } from "zod";
import { createHttpProjection } from "./http-projection.ts";

const environment = z.object({
  KUBELESS_NAMESPACE: z.string().default(DEFAULT_NAMESPACE),
  KUBELESS_CONFIG: z.string().default(DEFAULT_CONFIG_NAME),
  POD_NAME: z.string().default(hostname()),
  POD_NAMESPACE: z.string().optional(),
  HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
});

const logger = createLogger({ level: process.env.LOG_LEVEL, fields: { controller: "http-trigger" } });

runMain(
  async ({ signal }) => {
    const settings = loadConfig(environment, process.env);
    const kubeConfig = loadKubeConfig({ environment: process.env, homeDirectory: homedir() });
    const client = createClusterClient({ kubeConfig, userAgent: "kubeless-http-trigger" });
    await runProjections({
      name: "http-trigger",
      client,
      projections: [createHttpProjection({ now: () => new Date() })],
      config: { namespace: settings.KUBELESS_NAMESPACE, name: settings.KUBELESS_CONFIG },
      identity: `${settings.POD_NAME}-${randomBytes(4).toString("hex")}`,
      leaseNamespace: settings.POD_NAMESPACE ?? settings.KUBELESS_NAMESPACE,
      health: { port: settings.HEALTH_PORT },
      logger,
      signal,
    });
    await client.close();
  },
  { logger },
);
