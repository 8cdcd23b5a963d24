import { unknownPath } from "../errors.ts";
import type { Registry } from "../kinds/registry.ts";
import { apiVersionOf } from "../kinds/resource.ts";
import { type ApiResource, servedGroups } from "./api-resources.ts";

/** `GET /apis` */
export function apiGroups(registry: Registry): object {
  const groups = servedGroups(registry).filter(({ group }) => group !== "");
  return { kind: "APIGroupList", apiVersion: "v1", groups: groups.map(groupEntry) };
}

/** `GET /apis/GROUP`. Throws NotFound. */
export function apiGroup(registry: Registry, name: string): object {
  const found = servedGroups(registry).find(({ group }) => group === name);
  if (found === undefined) throw unknownPath();
  return { kind: "APIGroup", apiVersion: "v1", ...groupEntry(found) };
}

/** `GET /api/v1`, `GET /apis/GROUP/VERSION`. Throws NotFound. */
export function resourceList(registry: Registry, group: string, version: string): object {
  const versions = servedGroups(registry).find((one) => one.group === group)?.versions;
  const found = versions?.find((one) => one.version === version);
  if (found === undefined) throw unknownPath();
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: apiVersionOf(group, version),
    resources: found.resources.map(entry),
  };
}

function groupEntry({ group, versions }: { group: string; versions: { version: string }[] }): object {
  const all = versions.map(({ version }) => ({ groupVersion: apiVersionOf(group, version), version }));
  return { name: group, versions: all, preferredVersion: all[0] };
}

function entry({ singular, ...resource }: ApiResource): object {
  return { ...resource, singularName: singular };
}
