import type { KubeObject } from "../api/cluster-api.ts";
import type { Column, Resource, Version } from "../kinds/resource.ts";
import { builtinCells } from "./cells.ts";
import { readPath } from "./json-path.ts";
import { ago } from "./words.ts";

export type IncludeObject = "None" | "Metadata" | "Object";

interface TableParts {
  readonly resource: Resource;
  readonly version: Version;
  readonly metaVersion: string;
  readonly includeObject: IncludeObject;
  readonly now: number;
}

/** The `Table` form of a list or of one object; without columns in a watch's later events. */
export function toTable(
  objects: readonly KubeObject[],
  listMeta: object,
  parts: TableParts,
  withColumns = true,
): object {
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${parts.metaVersion}`,
    metadata: listMeta,
    columnDefinitions: withColumns ? parts.version.columns.map(shownColumn) : [],
    rows: objects.map((object) => toRow(object, parts)),
  };
}

function shownColumn({ name, type, format, description, priority }: Column): object {
  return { name, type, format, description, priority };
}

function toRow(object: KubeObject, parts: TableParts): object {
  const cells = builtinCells[parts.resource.storedAs];
  const row = {
    cells:
      cells === undefined
        ? parts.version.columns.map((column) => customCell(object, column, parts.now))
        : cells(object, parts.now),
  };
  if (parts.includeObject === "None") return row;
  return { ...row, object: parts.includeObject === "Object" ? object : toPartial(object, parts.metaVersion) };
}

/** What a custom kind's column shows: numbers and booleans as they are, dates as ages. */
function customCell(object: KubeObject, column: Column, now: number): unknown {
  if (column.jsonPath === undefined) return object.metadata.name;
  const found = readPath(object, column.jsonPath);
  const value = found[0];
  if (value === undefined || value === null) return column.type === "string" ? "" : null;
  switch (column.type) {
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return typeof value === "string" ? ago(value, now) : "<invalid>";
    default:
      return found.map((one) => (typeof one === "object" ? JSON.stringify(one) : String(one))).join(",");
  }
}

/** The object's metadata alone, under its own type. */
export function toPartial(object: KubeObject, metaVersion: string): object {
  return {
    kind: "PartialObjectMetadata",
    apiVersion: `meta.k8s.io/${metaVersion}`,
    metadata: object.metadata,
  };
}
