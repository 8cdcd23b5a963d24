import type { Json } from "../../schema/prune.ts";
import * as check from "./checks.ts";
import type { Checks, Problem, Rule } from "./rule.ts";

const { invalid, required } = check;

const texts = ["reportingInstance", "action", "reason"] as const;

/** What events.k8s.io asks for beyond the core's events; upstream names the fields as the core does. */
const complete: Checks = (value) => {
  const event = value as Json & { readonly series?: { readonly count?: number }; readonly regarding?: Json };
  const own = (event.metadata as Json | undefined)?.namespace;
  const namespace = event.regarding?.namespace ?? "";
  const old = {
    deprecatedCount: "count",
    deprecatedFirstTimestamp: "firstTimestamp",
    deprecatedLastTimestamp: "lastTimestamp",
  };
  const problems: Problem[] = [];
  if (namespace !== own && !(namespace === "" && own === "default"))
    problems.push(invalid(namespace, "does not match event.namespace", "involvedObject.namespace"));
  if (event.eventTime === undefined) problems.push(required(undefined, "eventTime"));
  if (event.series !== undefined && Number(event.series.count ?? 0) < 2)
    problems.push(invalid("", "should be at least 2", "series.count"));
  if (!event.reportingController) problems.push(required(undefined, "reportingController"));
  problems.push(
    ...check.beneath("reportingController", check.givenKey(event.reportingController ?? "", event)),
  );
  for (const name of texts) {
    const text = String(event[name] ?? "");
    if (text === "") problems.push(required(undefined, name));
    if (text.length > 128) problems.push(invalid("", "can have at most 128 characters", name));
  }
  if (event.type !== "Normal" && event.type !== "Warning")
    problems.push(invalid("", `has invalid value: ${String(event.type ?? "")}`, "type"));
  for (const [name, shown] of Object.entries(old))
    if (event[name] !== undefined) problems.push(invalid("", "needs to be unset", shown));
  if (String(event.note ?? "").length > 1024)
    problems.push(invalid("", "can have at most 1024 characters", "message"));
  return problems;
};

/** What holds of an event of events.k8s.io beyond its schema. */
export const newEventRules: readonly Rule[] = [["", complete]];
