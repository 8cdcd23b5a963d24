export type { FunctionConfig } from "./config/function-config.ts";
export {
  type ConfigReader,
  type ConfigReaderOptions,
  createConfigReader,
  findImageOverrides,
} from "./config/read-config.ts";
export { createFunctionProjection, type FunctionProjectionOptions } from "./function-projection.ts";
export { hashRevision, toRevisionName } from "./render/revision.ts";
