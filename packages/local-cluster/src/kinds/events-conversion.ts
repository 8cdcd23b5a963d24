import type { Draft, Version } from "./resource.ts";

/** events.k8s.io/v1 and core/v1 events are the same objects under two names for each field. */
const names: readonly (readonly [string, string])[] = [
  ["regarding", "involvedObject"],
  ["note", "message"],
  ["reportingController", "reportingComponent"],
  ["deprecatedSource", "source"],
  ["deprecatedFirstTimestamp", "firstTimestamp"],
  ["deprecatedLastTimestamp", "lastTimestamp"],
  ["deprecatedCount", "count"],
];

export const eventsConversion: Pick<Version, "toStorage" | "fromStorage"> = {
  toStorage: (object) => rename(object, "v1", (name) => names.find(([here]) => here === name)?.[1]),
  fromStorage: (object) =>
    rename(object, "events.k8s.io/v1", (name) => names.find(([, there]) => there === name)?.[0]),
};

function rename(object: Draft, apiVersion: string, to: (name: string) => string | undefined): Draft {
  const fields = Object.entries(object).map(([name, value]) => [to(name) ?? name, value]);
  return { ...Object.fromEntries(fields), apiVersion } as Draft;
}
