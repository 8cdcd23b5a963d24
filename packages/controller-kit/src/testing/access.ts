/** What a request asks for, in the words of a Role: https://kubernetes.io/docs/reference/access-authn-authz/authorization/ */
export interface Access {
  verb: string;
  /** "" is the core group. */
  group: string;
  /** `functions`, or with its subresource `functions/status`. */
  resource: string;
  /** Absent: cluster-scoped, or all namespaces. */
  namespace?: string | undefined;
  name?: string | undefined;
}

const PATH =
  /^\/(?:api|apis\/(?<group>[^/]+))\/[^/]+(?:\/namespaces\/(?<namespace>[^/]+)(?=\/.))?\/(?<resource>[^/]+)(?:\/(?<name>[^/]+))?(?:\/(?<subresource>[^/]+).*)?$/;

const VERBS: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "patch" };

/** Undefined for what is no resource: discovery, the version, health. Everybody may read that. */
export function readAccess(method: string, url: string): Access | undefined {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const { group = "", namespace, resource, name, subresource } = PATH.exec(pathname)?.groups ?? {};
  if (resource === undefined) return undefined;
  const selected = /^metadata\.name=([^,]+)$/.exec(searchParams.get("fieldSelector") ?? "")?.[1];
  return {
    verb: verbOf(method, name !== undefined, ["1", "true"].includes(searchParams.get("watch") ?? "")),
    group,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    name: name ?? selected,
  };
}

function verbOf(method: string, isNamed: boolean, isWatch: boolean): string {
  if (method === "DELETE") return isNamed ? "delete" : "deletecollection";
  return VERBS[method] ?? (isWatch ? "watch" : isNamed ? "get" : "list");
}
