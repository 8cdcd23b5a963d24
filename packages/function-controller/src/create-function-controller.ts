import type { FunctionObject } from "@kubeless/api-types";
import {
  type ClusterClient,
  createProjectionController,
  type InformerCache,
  type ProjectionController,
  type ProjectionControllerOptions,
} from "@kubeless/controller-kit";
import { createFunctionProjection, type FunctionProjectionOptions } from "./function-projection.ts";
import { createRolloutGate } from "./rollout-gate.ts";

export interface FunctionControllerOptions
  extends Omit<ProjectionControllerOptions<FunctionObject>, "projection">,
    Pick<FunctionProjectionOptions, "config" | "readConfig"> {
  readonly client: ClusterClient;
  /** Says which namespaces are served. */
  readonly cache: InformerCache;
}

/** Functions that a change of the catalogue reaches at a time. */
const PLATFORM_ROLLOUTS = 10;
const FORGOTTEN_AFTER_MS = 60_000;

/** The function controller, to be started and stopped by whoever composes it. No signals, no globals, no exit. */
export function createFunctionController(options: FunctionControllerOptions): ProjectionController {
  const { config, readConfig, ...rest } = options;
  const gate = createRolloutGate({
    places: PLATFORM_ROLLOUTS,
    forgottenAfterMs: FORGOTTEN_AFTER_MS,
    now: () => performance.now(),
  });
  const projection = createFunctionProjection({ config, readConfig, gate, now: () => Date.now() });
  return createProjectionController({ ...rest, projection });
}
