export { type CronJobProjectionOptions, createCronJobProjection } from "./cronjob-projection.ts";
