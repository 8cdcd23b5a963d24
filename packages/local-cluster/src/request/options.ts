import type { DeleteOptions } from "../api/cluster-api.ts";
import { badRequest, StatusError } from "../errors.ts";
import type { Served } from "../kinds/registry.ts";
import { readBody } from "../negotiation/body.ts";
import type { Target, WriteOptions } from "../pipeline/cluster.ts";
import type { Exchange } from "./context.ts";

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

export function isDryRun(query: URLSearchParams, options: { dryRun?: string[] }): boolean {
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

/** The object that a request is about. */
export function targetOf(served: Served, { info }: Exchange, name: string): Target {
  return {
    ...served,
    name,
    ...(served.resource.namespaced && info.namespace !== undefined ? { namespace: info.namespace } : {}),
    ...(info.subresource === undefined ? {} : { subresource: info.subresource }),
  };
}
