import type { KubernetesObject } from "./kubernetes-object.ts";

declare const wireType: unique symbol;

/**
 * A kind as the API serves it. `T` is its wire type; any object with these four fields will do, so a resource
 * definition from elsewhere can be passed as `Resource<MyKind>`.
 */
export interface Resource<T extends object = KubernetesObject> {
  /** `v1`, `apps/v1`, `kubeless.io/v1beta1`. */
  readonly apiVersion: string;
  readonly kind: string;
  /** As in the path: `deployments`. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Carries `T` for the compiler; never set. */
  readonly [wireType]?: T;
}

/** The API path of a kind's collection, or of one object, or of an object's subresource. */
export function toPath(
  resource: Resource<object>,
  at: { namespace?: string | undefined; name?: string | undefined; subresource?: string | undefined } = {},
): string {
  const root = resource.apiVersion.includes("/")
    ? `/apis/${resource.apiVersion}`
    : `/api/${resource.apiVersion}`;
  const scope = resource.namespaced && at.namespace ? `/namespaces/${encodeURIComponent(at.namespace)}` : "";
  const name = at.name === undefined ? "" : `/${encodeURIComponent(at.name)}`;
  return `${root}${scope}/${resource.plural}${name}${at.subresource ? `/${at.subresource}` : ""}`;
}

/** With kind and apiVersion, which items of a list do not carry; metadata-only ones carry those of the envelope. */
export function withKind<T extends object>(resource: Resource<object>, object: T): T {
  return { ...object, apiVersion: resource.apiVersion, kind: resource.kind };
}
