import type { KubeObject } from "../api/cluster-api.ts";
import { badRequest, StatusError } from "../errors.ts";
import type { Served } from "../kinds/registry.ts";
import type { Store } from "../store/store.ts";
import type { Selection } from "./selection.ts";

/** Where a watch begins. */
export interface Start {
  /** What is told first, as new. */
  readonly initial: readonly KubeObject[];
  /** Whether the end of that is told. */
  readonly announcesEnd: boolean;
  /** Told next: everything after this revision. */
  readonly revision: number;
}

/** From `resourceVersion` and `sendInitialEvents`. Throws what is refused; a revision may turn out to be too old later. */
export function startOf(
  store: Store,
  { resource }: Served,
  query: URLSearchParams,
  selection: Selection,
): Start {
  const text = query.get("resourceVersion") ?? "";
  const sendInitial = query.get("sendInitialEvents");
  if (sendInitial !== null && query.get("resourceVersionMatch") !== "NotOlderThan") {
    throw new StatusError(
      "Invalid",
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    );
  }
  if (text !== "" && !/^\d+$/.test(text))
    throw badRequest(`Invalid value: "${text}": a resource version is a number`);
  if (Number(text) > store.revision) throw tooLarge(Number(text), store.revision);
  const isAnyPlace = text === "" || text === "0";
  const announcesEnd = sendInitial === "true";
  if (announcesEnd || (sendInitial === null && isAnyPlace)) {
    return {
      initial: store.list(resource.storedAs).filter(selection),
      announcesEnd,
      revision: store.revision,
    };
  }
  return { initial: [], announcesEnd, revision: isAnyPlace ? store.revision : Number(text) };
}

export function tooLarge(asked: number, current: number): StatusError {
  return new StatusError("Timeout", `Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}
