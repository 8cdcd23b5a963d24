import { notAllowed, StatusError, unknownPath } from "../errors.ts";
import type { Served } from "../kinds/registry.ts";
import { readBody } from "../negotiation/body.ts";
import { createObject } from "../pipeline/create.ts";
import { patchObject } from "../pipeline/patch.ts";
import { readObject, updateObject } from "../pipeline/update.ts";
import { handleSubresource } from "../subresources/handler.ts";
import { handleMetrics } from "../subresources/metrics.ts";
import { handleReview } from "../subresources/reviews.ts";
import { streamWatch } from "../watch/watch-stream.ts";
import { sendObject } from "./answer.ts";
import { type Exchange, type Service, sendText } from "./context.ts";
import { deleteCollection, deleteOne } from "./deletion.ts";
import { listText } from "./list.ts";
import { assertListOptions } from "./list-options.ts";
import { contentType, targetOf, writeOptions } from "./options.ts";

/** Everything below `/api` and `/apis` that names a resource. */
export async function handleResource(service: Service, exchange: Exchange): Promise<void> {
  const { info } = exchange;
  if (await handleReview(service, exchange)) return;
  if (handleMetrics(service, exchange)) return;
  const served = service.registry.byPath(info.group, info.version, info.plural);
  if (served === undefined) throw unknownPath();
  if (served.version.deprecation !== undefined) exchange.warnings.push(served.version.deprecation);
  assertPath(exchange, served);
  if (info.subresource !== undefined && (await handleSubresource(service, exchange, served))) return;
  if (info.subresource !== undefined && info.subresource !== "status" && info.subresource !== "finalize")
    throw unknownPath();
  if (info.subresource === "status" && !served.version.hasStatus) throw unknownPath();
  if (info.name === undefined) await handleCollection(service, exchange, served);
  else await handleObject(service, exchange, served, info.name);
}

/** Whether there is such a path for such a resource, and whether it takes the method. */
function assertPath({ info }: Exchange, { resource }: Served): void {
  const { subresource, method } = info;
  if (info.namespace !== undefined && !resource.namespaced) throw unknownPath();
  if (info.isTooLong) throw unknownPath();
  if (subresource === "finalize" && (resource.id !== "namespaces" || method !== "PUT"))
    throw resource.id === "namespaces" ? notAllowed() : unknownPath();
  if (info.name !== undefined) return;
  if (method === "POST" && resource.namespaced && info.namespace === undefined) throw notAllowed();
  if (method === "DELETE" && resource.id === "namespaces") throw notAllowed();
}

async function handleCollection(service: Service, exchange: Exchange, served: Served): Promise<void> {
  const { info, response, accepted, request } = exchange;
  const { cluster, serializer } = service;
  switch (info.method) {
    case "GET":
    case "HEAD":
      assertListOptions(info.query, isWatch(info.query));
      if (isWatch(info.query)) return watch(service, exchange, served, info.query);
      assertForm(exchange, true);
      return sendText(
        response,
        200,
        listText(cluster, serializer, service.pages, served, info.namespace, info.query, accepted),
        exchange.warnings,
      );
    case "POST": {
      const body = await readBody(request, contentType(exchange));
      const target = targetOf(served, exchange, nameIn(body));
      return sendObject(
        service,
        exchange,
        served,
        201,
        createObject(cluster, target, body, writeOptions(exchange)),
      );
    }
    case "DELETE":
      return deleteCollection(service, exchange, served);
    default:
      throw notAllowed();
  }
}

async function handleObject(
  service: Service,
  exchange: Exchange,
  served: Served,
  name: string,
): Promise<void> {
  const { info, request } = exchange;
  const { cluster } = service;
  const target = targetOf(served, exchange, name);
  switch (info.method) {
    case "GET":
    case "HEAD":
      if (isWatch(info.query)) return watchOne(service, exchange, served, name);
      assertForm(exchange, false);
      return sendObject(service, exchange, served, 200, readObject(cluster, target));
    case "PUT": {
      const body = await readBody(request, contentType(exchange));
      return sendObject(
        service,
        exchange,
        served,
        200,
        updateObject(cluster, target, body, writeOptions(exchange)),
      );
    }
    case "PATCH": {
      const type = contentType(exchange);
      const body = await readBody(request, type);
      const options = writeOptions(exchange);
      if (type === "application/apply-patch+yaml" && !info.query.get("fieldManager")) {
        throw new StatusError(
          "Invalid",
          'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
        );
      }
      const { object, created } = patchObject(cluster, target, type, body, options);
      return sendObject(service, exchange, served, created ? 201 : 200, object);
    }
    case "DELETE":
      return deleteOne(service, exchange, served, target);
    default:
      throw notAllowed();
  }
}

/** A form for lists is none for an object, nor the other way round. */
function assertForm({ accepted }: Exchange, isList: boolean): void {
  if (accepted.as === "PartialObjectMetadata" && isList)
    throw new StatusError(
      "NotAcceptable",
      "you requested PartialObjectMetadata, but the requested object is a list",
    );
  if (accepted.as === "PartialObjectMetadataList" && !isList)
    throw new StatusError(
      "NotAcceptable",
      "you requested PartialObjectMetadataList, but the requested object is not a list",
    );
}

function isWatch(query: URLSearchParams): boolean {
  const value = query.get("watch");
  return value === "true" || value === "1";
}

function watchOne(service: Service, exchange: Exchange, served: Served, name: string): void {
  const query = new URLSearchParams(exchange.info.query);
  query.set("fieldSelector", `metadata.name=${name}`);
  watch(service, exchange, served, query);
}

function watch(service: Service, exchange: Exchange, served: Served, query: URLSearchParams): void {
  const { info, response, accepted } = exchange;
  const cutAfterMs = service.chaos.cutAfterMs();
  const request = { served, namespace: info.namespace, query, accepted, cutAfterMs };
  streamWatch(service.cluster, service.serializer, request, response);
}

function nameIn(body: unknown): string {
  return (body as { metadata?: { name?: string } } | undefined)?.metadata?.name ?? "";
}
