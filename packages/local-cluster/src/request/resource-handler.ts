import type { DeleteOptions, KubeObject } from "../api/cluster-api.ts";
import { badRequest, StatusError } from "../errors.ts";
import type { Served } from "../kinds/registry.ts";
import { readBody } from "../negotiation/body.ts";
import type { Target, WriteOptions } from "../pipeline/cluster.ts";
import { createObject } from "../pipeline/create.ts";
import { deleteObject } from "../pipeline/delete.ts";
import { patchObject } from "../pipeline/patch.ts";
import { readObject, updateObject } from "../pipeline/update.ts";
import { toPartial, toTable } from "../printers/table.ts";
import { handleSubresource } from "../subresources/handler.ts";
import { handleMetrics } from "../subresources/metrics.ts";
import { handleReview } from "../subresources/reviews.ts";
import { selectionOf } from "../watch/selection.ts";
import { includeOf } from "../watch/watch-events.ts";
import { streamWatch } from "../watch/watch-stream.ts";
import { type Exchange, type Service, sendText } from "./context.ts";
import { listText } from "./list.ts";

/** Everything below `/api` and `/apis` that names a resource. */
export async function handleResource(service: Service, exchange: Exchange): Promise<void> {
  const { info } = exchange;
  if (await handleReview(service, exchange)) return;
  if (handleMetrics(service, exchange)) return;
  const served = service.registry.byPath(info.group, info.version, info.plural);
  if (served === undefined)
    throw new StatusError("NotFound", "the server could not find the requested resource");
  if (served.version.deprecation !== undefined) exchange.warnings.push(served.version.deprecation);
  if (info.subresource !== undefined && (await handleSubresource(service, exchange, served))) return;
  if (info.subresource !== undefined && info.subresource !== "status" && info.subresource !== "finalize")
    throw unknownPath();
  if (info.subresource === "status" && !served.version.hasStatus) throw unknownPath();
  if (info.name === undefined) await handleCollection(service, exchange, served);
  else await handleObject(service, exchange, served, info.name);
}

function unknownPath(): StatusError {
  return new StatusError("NotFound", "the server could not find the requested resource");
}

async function handleCollection(service: Service, exchange: Exchange, served: Served): Promise<void> {
  const { info, response, accepted, request } = exchange;
  const { cluster, serializer } = service;
  switch (info.method) {
    case "GET":
    case "HEAD":
      if (isWatch(info.query)) {
        const cutAfterMs = service.chaos.cutAfterMs();
        streamWatch(
          cluster,
          serializer,
          { served, namespace: info.namespace, query: info.query, accepted, cutAfterMs },
          response,
        );
        return;
      }
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

function notAllowed(): StatusError {
  return new StatusError(
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
  );
}

function isWatch(query: URLSearchParams): boolean {
  const value = query.get("watch");
  return value === "true" || value === "1";
}

function watchOne(
  service: Service,
  { info, response, accepted }: Exchange,
  served: Served,
  name: string,
): void {
  const query = new URLSearchParams(info.query);
  query.set("fieldSelector", `metadata.name=${name}`);
  const cutAfterMs = service.chaos.cutAfterMs();
  streamWatch(
    service.cluster,
    service.serializer,
    { served, namespace: info.namespace, query, accepted, cutAfterMs },
    response,
  );
}

async function deleteOne(
  service: Service,
  exchange: Exchange,
  served: Served,
  target: Target,
): Promise<void> {
  const options = await deleteOptions(exchange);
  const { object, gone } = deleteObject(
    service.cluster,
    target,
    options,
    isDryRun(exchange.info.query, options),
  );
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

async function deleteCollection(service: Service, exchange: Exchange, served: Served): Promise<void> {
  const { cluster } = service;
  const { info } = exchange;
  const options = await deleteOptions(exchange);
  const selection = selectionOf(served, info.namespace, info.query);
  const doomed = cluster.store.list(served.resource.storedAs).filter(selection);
  const deleted = doomed.map(({ metadata }) => {
    const scope = metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
    return deleteObject(
      cluster,
      { ...served, ...scope, name: metadata.name },
      options,
      isDryRun(info.query, options),
    ).object;
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

/** From the body and, as kube-apiserver does, from the query. */
export async function deleteOptions(exchange: Exchange): Promise<DeleteOptions & { dryRun?: string[] }> {
  const body = ((await readBody(exchange.request, contentType(exchange))) ?? {}) as DeleteOptions & {
    dryRun?: string[];
    orphanDependents?: boolean;
  };
  const { query } = exchange.info;
  const policy = query.get("propagationPolicy");
  const grace = query.get("gracePeriodSeconds");
  const fromOrphan =
    body.orphanDependents === undefined
      ? {}
      : { propagationPolicy: body.orphanDependents ? ("Orphan" as const) : ("Background" as const) };
  return {
    ...fromOrphan,
    ...body,
    ...(policy === null ? {} : { propagationPolicy: policy as "Orphan" }),
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
  };
}

function isDryRun(query: URLSearchParams, options: { dryRun?: string[] }): boolean {
  return assertDryRun([...query.getAll("dryRun"), ...(options.dryRun ?? [])]);
}

function assertDryRun(values: readonly string[]): boolean {
  for (const value of values) {
    if (value !== "All")
      throw new StatusError(
        "Invalid",
        `PatchOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ${JSON.stringify(value)}: supported values: "All"`,
      );
  }
  return values.length > 0;
}

export function contentType({ request }: Exchange): string {
  return (request.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "";
}

function nameIn(body: unknown): string {
  return (body as { metadata?: { name?: string } } | undefined)?.metadata?.name ?? "";
}

export function targetOf(served: Served, { info }: Exchange, name: string): Target {
  return {
    ...served,
    name,
    ...(served.resource.namespaced && info.namespace !== undefined ? { namespace: info.namespace } : {}),
    ...(info.subresource === undefined ? {} : { subresource: info.subresource }),
  };
}

/** How a write is to be done, from its query and, for the manager's name, its user agent. */
export function writeOptions(exchange: Exchange): WriteOptions {
  const { query } = exchange.info;
  const validation = query.get("fieldValidation") || "Warn";
  if (validation !== "Strict" && validation !== "Warn" && validation !== "Ignore") {
    throw badRequest(
      `fieldValidation: Unsupported value: ${JSON.stringify(validation)}: supported values: "Ignore", "Strict", "Warn"`,
    );
  }
  const manager = query.get("fieldManager") ?? "";
  if (manager.length > 128) throw badRequest("fieldManager: Too long: may not be more than 128 bytes");
  const agent = (exchange.request.headers["user-agent"] ?? "unknown").split("/")[0] ?? "unknown";
  return {
    manager: manager || agent,
    dryRun: assertDryRun(query.getAll("dryRun")),
    fieldValidation: validation,
    force: query.get("force") === "true",
    warn: (message) => exchange.warnings.push(message),
    internal: false,
  };
}

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
