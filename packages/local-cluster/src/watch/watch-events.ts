import type { Clock, KubeObject } from "../api/cluster-api.ts";
import { badRequest } from "../errors.ts";
import type { Served } from "../kinds/registry.ts";
import { apiVersionOf } from "../kinds/resource.ts";
import type { Accepted } from "../negotiation/accept.ts";
import type { Serializer } from "../negotiation/serializer.ts";
import { fromStorage } from "../pipeline/conversion.ts";
import { type IncludeObject, toPartial, toTable } from "../printers/table.ts";

/** The lines of one watch, in the form its client accepts. */
export interface WatchEvents {
  of(type: string, stored: KubeObject): string;
  bookmark(revision: number, annotations?: Record<string, string>): string;
}

export interface WatchEventsOptions {
  readonly served: Served;
  readonly accepted: Accepted;
  readonly query: URLSearchParams;
  readonly serializer: Serializer;
  readonly clock: Clock;
}

export function createWatchEvents(options: WatchEventsOptions): WatchEvents {
  if (options.accepted.as === "Table") return tableEvents(options);
  return options.accepted.as === "Object" ? objectEvents(options) : partialEvents(options);
}

const line = (type: string, text: string) => `{"type":"${type}","object":${text}}\n`;

const bookmarkMetadata = (revision: number, annotations?: Record<string, string>) => ({
  resourceVersion: String(revision),
  creationTimestamp: null,
  ...(annotations === undefined ? {} : { annotations }),
});

function objectEvents({ served, serializer }: WatchEventsOptions): WatchEvents {
  const { resource, version } = served;
  const type = { kind: resource.kind, apiVersion: apiVersionOf(resource.group, version.name) };
  return {
    of: (event, stored) => line(event, serializer.text(fromStorage(served, stored, version))),
    bookmark: (...parts) =>
      line("BOOKMARK", JSON.stringify({ ...type, metadata: bookmarkMetadata(...parts) })),
  };
}

function partialEvents({ served, accepted }: WatchEventsOptions): WatchEvents {
  const type = { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${accepted.version}` };
  return {
    of: (event, stored) =>
      line(event, JSON.stringify(toPartial(fromStorage(served, stored, served.version), accepted.version))),
    bookmark: (...parts) =>
      line("BOOKMARK", JSON.stringify({ ...type, metadata: bookmarkMetadata(...parts) })),
  };
}

/** Only the first table names its columns. */
function tableEvents({ served, accepted, query, clock }: WatchEventsOptions): WatchEvents {
  const { resource, version } = served;
  const { kind } = resource;
  const apiVersion = apiVersionOf(resource.group, version.name);
  let isFirst = true;
  return {
    of(event, stored) {
      const object = version.fromStorage === undefined ? fromStorage(served, stored, version) : stored;
      const parts = {
        ...served,
        metaVersion: accepted.version,
        includeObject: includeOf(query),
        now: clock.now(),
      };
      const shown = toTable([object], { resourceVersion: object.metadata.resourceVersion }, parts, isFirst);
      isFirst = false;
      return line(event, JSON.stringify(shown));
    },
    bookmark(revision, annotations) {
      const object = { kind, apiVersion, metadata: bookmarkMetadata(revision, annotations) };
      const type = { kind: "Table", apiVersion: `meta.k8s.io/${accepted.version}` };
      const metadata = { resourceVersion: String(revision) };
      return line(
        "BOOKMARK",
        JSON.stringify({ ...type, metadata, columnDefinitions: null, rows: [{ cells: [], object }] }),
      );
    },
  };
}

export function includeOf(query: URLSearchParams): IncludeObject {
  const value = query.get("includeObject") ?? "Metadata";
  if (value === "None" || value === "Metadata" || value === "Object") return value;
  throw badRequest(`unrecognized includeObject value: "${value}"`);
}
