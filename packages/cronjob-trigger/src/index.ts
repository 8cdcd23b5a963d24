export { type CronJobProjectionOptions, createCronJobProjection } from "./cronjob-projection.ts";
export { checkSchedule, checkTimeZone, type ScheduleFault } from "./schedule/schedule.ts";
