import type { KubeObject } from "../api/cluster-api.ts";
import { badRequest, conflict, modified, notAllowed, StatusError } from "../errors.ts";
import type { Served } from "../kinds/registry.ts";
import type { ScalePaths } from "../kinds/resource.ts";
import { readBody } from "../negotiation/body.ts";
import { applyJsonPatch } from "../patch/json-patch.ts";
import { applyMergePatch } from "../patch/merge-patch.ts";
import { patchTypes } from "../pipeline/patch.ts";
import { replaceScale, type Scale, toScale } from "../pipeline/scale.ts";
import { readDraft, readObject } from "../pipeline/update.ts";
import { type Exchange, type Service, sendText } from "../request/context.ts";
import { contentType, targetOf, writeOptions } from "../request/options.ts";

/** GET, PUT and PATCH of `scale`; false when this kind has none. */
export async function handleScale(service: Service, exchange: Exchange, served: Served): Promise<boolean> {
  const paths = served.version.scale;
  if (paths === undefined) return false;
  const { info, request, response } = exchange;
  const target = targetOf(served, exchange, info.name ?? "");
  const object = readObject(service.cluster, target);
  let scale = toScale(object, paths);
  if (info.method === "PUT" || info.method === "PATCH") {
    const type = contentType(exchange);
    const body = await readBody(request, type);
    const wanted = info.method === "PUT" ? body : patchScale(scale, type, body);
    scale = toScale(writeScale(service, exchange, served, wanted as Scale, paths), paths);
  } else if (info.method !== "GET") throw notAllowed();
  sendText(response, 200, JSON.stringify(scale));
  return true;
}

function patchScale(scale: Scale, type: string, body: unknown): unknown {
  if (type === patchTypes.json) return applyJsonPatch(scale, body);
  return applyMergePatch(scale, body);
}

function writeScale(
  service: Service,
  exchange: Exchange,
  served: Served,
  wanted: Scale,
  paths: ScalePaths,
): KubeObject {
  const { kind = "Scale", metadata } = wanted as { kind?: string; metadata?: { name?: string } };
  if (kind !== "Scale") throw badRequest(`a ${kind} cannot be handled as a Scale`);
  if (metadata?.name && metadata.name !== exchange.info.name)
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${exchange.info.name})`,
    );
  const replicas = wanted.spec?.replicas ?? 0;
  if (!Number.isInteger(replicas)) throw badRequest("spec.replicas must be an integer");
  if (replicas < 0) {
    throw new StatusError(
      "Invalid",
      `Scale.autoscaling "${exchange.info.name}" is invalid: spec.replicas: Invalid value: ${replicas}: must be greater than or equal to 0`,
    );
  }
  const target = targetOf(served, exchange, exchange.info.name ?? "");
  const before = readDraft(service.cluster, target);
  const given = (wanted.metadata as { resourceVersion?: string } | undefined)?.resourceVersion;
  if (given && given !== before.metadata.resourceVersion)
    throw conflict(served.resource, target.name, modified);
  return replaceScale(service.cluster, target, before, paths, replicas, writeOptions(exchange));
}
