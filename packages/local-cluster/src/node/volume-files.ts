import { posix } from "node:path";
import type { ClusterApi, KubeObject } from "../api/cluster-api.ts";
import type { VolumeFile, VolumeFiles } from "./atomic-writer.ts";
import { type NodeFacts, readField, readResource } from "./downward-api.ts";
import { namespaceOf, type Pod, type Volume } from "./pod.ts";

/** Why a volume cannot be set up; the kubelet's own words, event reason FailedMount. */
export class MountError extends Error {}

export interface TokenRequest {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly pod: { readonly name: string; readonly uid: string };
  /** None means the API server itself. */
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
}

/** What volumes are made from. */
export interface VolumeSources {
  readonly api: ClusterApi;
  readonly node: NodeFacts;
  issueToken(request: TokenRequest): string;
}

/**
 * The files of a volume that the cluster's objects fill (configMap, secret, downwardAPI, projected), undefined for any
 * other volume. Throws MountError for what is missing and not optional.
 */
export function renderVolume(sources: VolumeSources, pod: Pod, volume: Volume): VolumeFiles | undefined {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap) return keyed(sources, pod, "configmap", configMap, configMap.defaultMode ?? 0o644);
  if (secret) {
    const { secretName: name, defaultMode = 0o644, ...rest } = secret;
    return keyed(sources, pod, "secret", { ...rest, name }, defaultMode);
  }
  if (downwardAPI) return downward(sources, pod, downwardAPI.items ?? [], downwardAPI.defaultMode ?? 0o644);
  if (projected) return project(sources, pod, projected.sources ?? [], projected.defaultMode ?? 0o644);
  return undefined;
}

/** The names of the ConfigMaps or Secrets whose change changes the pod's volumes. */
export function referencedObjects(pod: Pod, kind: "configmap" | "secret"): ReadonlySet<string> {
  const names = (pod.spec.volumes ?? []).flatMap((volume) => {
    const parts = [volume, ...(volume.projected?.sources ?? [])];
    return parts.map((part) =>
      kind === "configmap"
        ? part.configMap?.name
        : ((part.secret as { name?: string; secretName?: string })?.secretName ??
          (part.secret as { name?: string })?.name),
    );
  });
  return new Set(names.filter((name) => name !== undefined));
}

type Projections = NonNullable<NonNullable<Volume["projected"]>["sources"]>;
type DownwardItems = NonNullable<NonNullable<Volume["downwardAPI"]>["items"]>;

/** Which keys of a ConfigMap or Secret become files; all of them unless it names some. */
interface KeyedSource {
  readonly name?: string | undefined;
  readonly items?: readonly { readonly key: string; readonly path: string; readonly mode?: number }[];
  readonly optional?: boolean;
}

interface DataObject extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

function project(sources: VolumeSources, pod: Pod, projections: Projections, mode: number): VolumeFiles {
  return new Map(projections.flatMap((projection) => [...projectOne(sources, pod, projection, mode)]));
}

function projectOne(
  sources: VolumeSources,
  pod: Pod,
  projection: Projections[number],
  mode: number,
): VolumeFiles {
  const { configMap, secret, downwardAPI, serviceAccountToken } = projection;
  if (configMap) return keyed(sources, pod, "configmap", configMap, mode);
  if (secret) return keyed(sources, pod, "secret", secret, mode);
  if (downwardAPI) return downward(sources, pod, downwardAPI.items ?? [], mode);
  if (serviceAccountToken) {
    const token = sources.issueToken(tokenRequest(pod, serviceAccountToken));
    return new Map([[checkPath(serviceAccountToken.path), { data: Buffer.from(token), mode: 0o600 }]]);
  }
  throw new MountError("this kind of projected source is not supported by the local cluster");
}

interface TokenProjection {
  readonly audience?: string;
  readonly expirationSeconds?: number;
}

function tokenRequest(pod: Pod, { audience, expirationSeconds = 3600 }: TokenProjection): TokenRequest {
  return {
    namespace: namespaceOf(pod),
    serviceAccount: pod.spec.serviceAccountName ?? "default",
    pod: { name: pod.metadata.name, uid: pod.metadata.uid },
    audiences: audience ? [audience] : [],
    expirationSeconds,
  };
}

function readObject(
  { api }: VolumeSources,
  pod: Pod,
  kind: "configmap" | "secret",
  name: string,
  optional: boolean,
): ReadonlyMap<string, Buffer> {
  const object = api.get<DataObject>(`${kind}s`, namespaceOf(pod), name);
  if (object === undefined && !optional) throw new MountError(`${kind} "${name}" not found`);
  const encoding = kind === "secret" ? "base64" : "utf8";
  return new Map([
    ...Object.entries(object?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, encoding)] as const),
    ...Object.entries(object?.binaryData ?? {}).map(
      ([key, value]) => [key, Buffer.from(value, "base64")] as const,
    ),
  ]);
}

function keyed(
  sources: VolumeSources,
  pod: Pod,
  kind: "configmap" | "secret",
  { name = "", items = [], optional = false }: KeyedSource,
  defaultMode: number,
): VolumeFiles {
  const data = readObject(sources, pod, kind, name, optional);
  if (items.length === 0) {
    return new Map([...data].map(([key, value]) => [checkPath(key), { data: value, mode: defaultMode }]));
  }
  const files = new Map<string, VolumeFile>();
  for (const { key, path, mode = defaultMode } of items) {
    const value = data.get(key);
    if (value !== undefined) files.set(checkPath(path), { data: value, mode });
    else if (!optional) throw new MountError(missingKeyMessage(kind, key));
  }
  return files;
}

function missingKeyMessage(kind: "configmap" | "secret", key: string): string {
  return kind === "configmap"
    ? `configmap references non-existent config key: ${key}`
    : `references non-existent secret key: ${key}`;
}

function downward(sources: VolumeSources, pod: Pod, items: DownwardItems, defaultMode: number): VolumeFiles {
  const files = items.map(({ path, mode = defaultMode, fieldRef, resourceFieldRef }) => {
    const text = fieldRef
      ? readField(pod, sources.node, fieldRef)
      : resourceFieldRef &&
        readResource(pod, sources.node, undefined, resourceFieldRef as { resource: string });
    if (text === undefined) throw new MountError(`unsupported fieldPath or resource for file "${path}"`);
    return [checkPath(path), { data: Buffer.from(text), mode }] as const;
  });
  return new Map(files);
}

function checkPath(path: string): string {
  const clean = posix.normalize(path);
  if (clean.startsWith("/") || clean === ".." || clean.startsWith("../") || clean === ".") {
    throw new MountError(`path "${path}" leads out of the volume`);
  }
  return clean;
}
