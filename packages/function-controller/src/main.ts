import { runController } from "@kubeless/controller-kit";
import { findConfig } from "./config/find-config.ts";
import { createConfigReader, findImageOverrides } from "./config/read-config.ts";
import { createFunctionProjection } from "./function-projection.ts";
import { VERSION } from "./version.ts";

runController({
  name: "function-controller",
  version: VERSION,
  variables: {},
  environment: process.env,
  findConfig,
  projections: (config) => {
    const imageOverrides = findImageOverrides(process.env);
    const readConfig = createConfigReader({ version: VERSION, imageOverrides });
    return [createFunctionProjection({ config, readConfig })];
  },
});
