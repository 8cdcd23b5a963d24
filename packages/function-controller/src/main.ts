import { randomBytes } from "node:crypto";
import { homedir, hostname } from "node:os";
import {
  createClusterClient,
  createLogger,
  loadConfig,
  loadKubeConfig,
  runMain,
  runProjections,
} from "@kubeless/controller-kit";
import { z } from "zod";
import { findConfig } from "./config/find-config.ts";
import { createConfigReader, findImageOverrides } from "./config/read-config.ts";
import { createFunctionProjection } from "./function-projection.ts";
import { VERSION } from "./version.ts";

const environment = z.object({
  KUBELESS_NAMESPACE: z.string().optional(),
  KUBELESS_CONFIG: z.string().optional(),
  POD_NAME: z.string().default(hostname()),
  POD_NAMESPACE: z.string().optional(),
  HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
});

const fields = { controller: "function-controller", version: VERSION };
const logger = createLogger({ level: process.env.LOG_LEVEL, fields });

runMain(
  async ({ signal }) => {
    const settings = loadConfig(environment, process.env);
    const kubeConfig = loadKubeConfig({ environment: process.env, homeDirectory: homedir() });
    const client = createClusterClient({ kubeConfig, userAgent: "kubeless-function-controller" });
    const given = { namespace: settings.KUBELESS_NAMESPACE, name: settings.KUBELESS_CONFIG };
    const config = await findConfig(client, given);
    const imageOverrides = findImageOverrides(process.env);
    const readConfig = createConfigReader({ version: VERSION, imageOverrides });
    await runProjections({
      name: "function-controller",
      client,
      projections: [createFunctionProjection({ config, readConfig })],
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
