import { runController } from "@kubeless/controller-kit";
import { createHttpProjection } from "./http-projection.ts";
import { VERSION } from "./version.ts";

runController({
  name: "http-trigger",
  version: VERSION,
  variables: {},
  environment: process.env,
  projections: ({ namespace }) => [createHttpProjection({ namespace, now: () => new Date() })],
});
