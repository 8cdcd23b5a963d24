import type { KubeObject } from "../api/cluster-api.ts";
import type { Served } from "../kinds/registry.ts";
import { toPartial, toTable } from "../printers/table.ts";
import { includeOf } from "../watch/watch-events.ts";
import { type Exchange, type Service, sendText } from "./context.ts";

/** Answers with one object in the form the client accepts. */
export function sendObject(
  service: Service,
  exchange: Exchange,
  served: Served,
  code: number,
  object: KubeObject,
): void {
  sendText(exchange.response, code, objectText(service, exchange, served, object), exchange.warnings);
}

function objectText(
  service: Service,
  { accepted, info }: Exchange,
  served: Served,
  object: KubeObject,
): string {
  if (accepted.as === "Object") return service.serializer.text(object);
  if (accepted.as !== "Table") return JSON.stringify(toPartial(object, accepted.version));
  const parts = {
    ...served,
    metaVersion: accepted.version,
    includeObject: includeOf(info.query),
    now: service.cluster.clock.now(),
  };
  return JSON.stringify(toTable([object], { resourceVersion: object.metadata.resourceVersion }, parts));
}
