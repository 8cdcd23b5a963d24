import type { Served } from "../kinds/registry.ts";
import type { Target } from "../pipeline/cluster.ts";
import { deleteObject } from "../pipeline/delete.ts";
import { selectionOf } from "../watch/selection.ts";
import { sendObject } from "./answer.ts";
import { type Exchange, type Service, sendText } from "./context.ts";
import { deleteOptions, isDryRun } from "./options.ts";

/** Answers with the object while it is still there, or as kubectl expects it of this kind; else with its uid. */
export async function deleteOne(
  service: Service,
  exchange: Exchange,
  served: Served,
  target: Target,
): Promise<void> {
  const options = await deleteOptions(exchange);
  const { object, gone } = deleteObject(service.cluster, target, options, isDryRun(options));
  if (!gone || served.resource.id === "pods" || served.resource.id === "services") {
    return sendObject(service, exchange, served, 200, object);
  }
  const { resource } = served;
  const group = resource.group === "" ? {} : { group: resource.group };
  const details = { name: target.name, ...group, kind: resource.plural, uid: object.metadata.uid };
  sendText(
    exchange.response,
    200,
    JSON.stringify({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details }),
    exchange.warnings,
  );
}

export async function deleteCollection(service: Service, exchange: Exchange, served: Served): Promise<void> {
  const { cluster } = service;
  const { info } = exchange;
  const options = await deleteOptions(exchange);
  const selection = selectionOf(served, info.namespace, info.query);
  const doomed = cluster.store.list(served.resource.storedAs).filter(selection);
  const deleted = doomed.map(({ metadata }) => {
    const scope = metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
    return deleteObject(cluster, { ...served, ...scope, name: metadata.name }, options, isDryRun(options))
      .object;
  });
  const { resource, version } = served;
  const apiVersion = resource.group === "" ? version.name : `${resource.group}/${version.name}`;
  const metadata = { resourceVersion: String(cluster.store.revision) };
  sendText(
    exchange.response,
    200,
    JSON.stringify({ kind: resource.listKind, apiVersion, metadata, items: deleted }),
  );
}
