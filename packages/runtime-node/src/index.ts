export { type ErrorCode, errors, RuntimeFailure } from "./errors.ts";
export type { CloudEvent, FunctionContext, FunctionEvent, Handler } from "./function.ts";
export type { FunctionRequest } from "./request.ts";
export type { FunctionResponse } from "./response.ts";
export { type RunningFunction, runFunction } from "./run.ts";
export { parseSettings, type Settings } from "./settings.ts";
