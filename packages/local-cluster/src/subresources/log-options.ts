import { badRequest, type Fault, invalid, StatusError } from "../errors.ts";
import { atLeast, forbidden } from "../kinds/constraints/checks.ts";
import type { Pod } from "../node/pod.ts";
import { integerOf } from "../request/list-options.ts";
import { timeProblem } from "../schema/go-text.ts";

const least: Readonly<Record<string, readonly [least: number, words: string]>> = {
  tailLines: [0, "must be greater than or equal to 0"],
  sinceSeconds: [1, "must be greater than 0"],
  limitBytes: [1, "must be greater than 0"],
};

/** Throws BadRequest and Invalid for options of a log that cannot be meant. */
export function assertLogOptions(query: URLSearchParams, pod: object): void {
  const { metadata, spec } = pod as Pod;
  const since = query.get("sinceTime");
  const problem = since ? timeProblem(since, false) : undefined;
  if (problem !== undefined) throw badRequest(problem);
  const faults = Object.entries(least).flatMap(([field, [limit, words]]): Fault[] => {
    const found = atLeast(limit, words)(integerOf(query, field), {});
    return found === undefined ? [] : [{ ...found, field }];
  });
  if (since && query.has("sinceSeconds"))
    faults.push({
      ...forbidden("at most one of `sinceTime` or `sinceSeconds` may be specified"),
      field: "[]",
    });
  if (faults.length > 0)
    throw invalid({ group: "", kind: "PodLogOptions", plural: "pods" }, metadata.name, faults);
  const container = query.get("container");
  const known = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].map(({ name }) => name);
  if (container && !known.includes(container))
    throw new StatusError("BadRequest", `container ${container} is not valid for pod ${metadata.name}`);
}
