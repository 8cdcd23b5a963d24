import { runController } from "@kubeless/controller-kit";
import { z } from "zod";
import { createCronJobProjection } from "./cronjob-projection.ts";
import { VERSION } from "./version.ts";

runController({
  name: "cronjob-trigger",
  version: VERSION,
  variables: { CALLER_IMAGE: z.string().default(`ghcr.io/kubeless/cronjob-trigger:${VERSION}`) },
  environment: process.env,
  projections: ({ namespace }, settings) => [
    createCronJobProjection({ namespace, image: settings.CALLER_IMAGE, now: () => new Date() }),
  ],
});
