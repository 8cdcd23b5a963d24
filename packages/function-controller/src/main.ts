import { randomBytes } from "node:crypto";
import { homedir, hostname } from "node:os";
import {
  createClusterClient,
  createLogger,
  loadConfig,
  loadKubeConfig,
  runMain,
} from "@kubeless/controller-kit";
import { z } from "zod";
import { findConfig } from "./config/find-config.ts";
import { findImageOverrides } from "./config/read-config.ts";
import { runFunctionController } from "./run-function-controller.ts";

const environment = z.object({
  KUBELESS_NAMESPACE: z.string().optional(),
  KUBELESS_CONFIG: z.string().optional(),
  POD_NAME: z.string().default(hostname()),
  POD_NAMESPACE: z.string().optional(),
  HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
});

const logger = createLogger({ level: process.env.LOG_LEVEL, fields: { controller: "function-controller" } });

runMain(
  async ({ signal }) => {
    const settings = loadConfig(environment, process.env);
    const kubeConfig = loadKubeConfig({ environment: process.env, homeDirectory: homedir() });
    const client = createClusterClient({ kubeConfig, userAgent: "kubeless-function-controller" });
    const given = { namespace: settings.KUBELESS_NAMESPACE, name: settings.KUBELESS_CONFIG };
    const config = await findConfig(client, given);
    const controller = {
      config,
      imageOverrides: findImageOverrides(process.env),
      identity: `${settings.POD_NAME}-${randomBytes(4).toString("hex")}`,
      leaseNamespace: settings.POD_NAMESPACE ?? config.namespace,
      healthPort: settings.HEALTH_PORT,
    };
    await runFunctionController(client, controller, { logger, signal });
    await client.close();
  },
  { logger },
);
