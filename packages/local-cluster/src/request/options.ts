import type { DeleteOptions } from "../api/cluster-api.ts";
import { badRequest, type Fault, StatusError } from "../errors.ts";
import { forbidden, invalid as invalidValue, unsupported } from "../kinds/constraints/checks.ts";
import type { Served } from "../kinds/registry.ts";
import { readBody } from "../negotiation/body.ts";
import type { Target, WriteOptions } from "../pipeline/cluster.ts";
import { patchTypes } from "../pipeline/patch.ts";
import type { Exchange } from "./context.ts";
import { integerOf, invalidOptions } from "./list-options.ts";

/** How a write is to be done, from its query and, for the manager's name, its user agent. */
export function writeOptions(exchange: Exchange): WriteOptions {
  const { query } = exchange.info;
  const validation = query.get("fieldValidation") || "Warn";
  const kind = `${kinds[exchange.info.method] ?? "Create"}Options`;
  if (validation !== "Strict" && validation !== "Warn" && validation !== "Ignore") {
    const problem = unsupported(validation, ["", "Ignore", "Strict", "Warn"]);
    throw invalidOptions(kind, [{ ...problem, field: "fieldValidation" }]);
  }
  const manager = query.get("fieldManager") ?? "";
  const managerFaults = faultsOfManager(manager);
  if (managerFaults.length > 0) throw invalidOptions(kind, managerFaults);
  if (kind === "PatchOptions" && query.has("force") && contentType(exchange) !== patchTypes.apply)
    throw invalidOptions(kind, [
      { ...forbidden("may not be specified for non-apply patch"), field: "force" },
    ]);
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

const kinds: Readonly<Record<string, string>> = { PATCH: "Patch", POST: "Create", PUT: "Update" };

function faultsOfManager(manager: string): Fault[] {
  const field = "fieldManager";
  if (manager.length > 128)
    return [{ reason: "FieldValueTooLong", field, message: "Too long: may not be more than 128 bytes" }];
  const at = [...manager].findIndex((sign) => !/^[\P{C} ]$/u.test(sign));
  if (at < 0) return [];
  const code = ([...manager][at] ?? "").codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
  return [{ ...invalidValue(manager, `invalid character U+${code} (at position ${at})`), field }];
}

/** From the body or, when there is none, from the query, as kube-apiserver does. */
export async function deleteOptions(exchange: Exchange): Promise<DeleteOptions & { dryRun?: string[] }> {
  const given = await readBody(exchange.request, contentType(exchange));
  const body = (given ?? fromQuery(exchange.info.query)) as DeleteOptions & {
    dryRun?: string[];
    orphanDependents?: boolean;
  };
  assertDeleteOptions(body);
  const fromOrphan =
    body.orphanDependents === undefined
      ? {}
      : { propagationPolicy: body.orphanDependents ? ("Orphan" as const) : ("Background" as const) };
  return {
    ...fromOrphan,
    ...body,
  };
}

function fromQuery(query: URLSearchParams): object {
  const policy = query.get("propagationPolicy");
  const grace = integerOf(query, "gracePeriodSeconds");
  const orphan = query.get("orphanDependents");
  return {
    ...(query.has("dryRun") ? { dryRun: query.getAll("dryRun") } : {}),
    ...(policy ? { propagationPolicy: policy } : {}),
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(orphan === null ? {} : { orphanDependents: orphan === "true" }),
  };
}

const policies = ["Foreground", "Background", "Orphan"];

function assertDeleteOptions(options: DeleteOptions & { orphanDependents?: boolean }): void {
  const { propagationPolicy: policy, gracePeriodSeconds: grace, orphanDependents } = options;
  const field = "propagationPolicy";
  if (grace !== undefined && grace !== null && !Number.isInteger(grace))
    throw badRequest("gracePeriodSeconds must be an integer");
  if (policy === undefined) return;
  if (orphanDependents !== undefined) {
    const words = "orphanDependents and deletionPropagation cannot be both set";
    throw invalidOptions("DeleteOptions", [{ ...invalidValue(policy, words), field }]);
  }
  if (!policies.includes(policy))
    throw invalidOptions("DeleteOptions", [{ ...unsupported(policy, [...policies, "nil"]), field }]);
}

export function isDryRun(options: { dryRun?: string[] }): boolean {
  return assertDryRun(options.dryRun ?? []);
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
