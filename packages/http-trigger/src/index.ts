export { createHttpProjection, type HttpProjectionOptions } from "./http-projection.ts";
