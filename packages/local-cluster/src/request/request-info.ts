/** What a URL asks for, as apiserver's RequestInfo names it. */
export interface RequestInfo {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  /** Whether anything follows that no resource has. */
  readonly isTooLong: boolean;
  /** What follows a `proxy` subresource, still encoded, with its leading slash. */
  readonly rest?: string;
}

/** Splits `/apis/GROUP/VERSION/namespaces/NS/RESOURCE/NAME/SUBRESOURCE`; undefined for other paths. */
export function parseRequest(method: string, url: string): RequestInfo | undefined {
  const question = url.indexOf("?");
  const path = question < 0 ? url : url.slice(0, question);
  const query = new URLSearchParams(question < 0 ? "" : url.slice(question + 1));
  const parts = path.split("/").filter((part) => part !== "");
  if (path.startsWith("//")) return undefined;
  const isCore = parts[0] === "api";
  if (!isCore && parts[0] !== "apis") return undefined;
  const [group, version, ...rest] = isCore
    ? ["", parts[1], ...parts.slice(2)]
    : [parts[1], parts[2], ...parts.slice(3)];
  if (group === undefined || version === undefined || rest.length === 0) return undefined;
  const scope = { method, path, query, group, version };
  if (
    rest[0] === "namespaces" &&
    rest.length > 2 &&
    !(rest.length === 3 && isNamespaceSubresource(rest[2]))
  ) {
    return finish(scope, rest.slice(2), path, decode(rest[1]));
  }
  return finish(scope, rest, path, undefined);
}

function isNamespaceSubresource(part: string | undefined): boolean {
  return part === "status" || part === "finalize";
}

function finish(
  scope: Pick<RequestInfo, "method" | "path" | "query" | "group" | "version">,
  parts: readonly string[],
  path: string,
  namespace: string | undefined,
): RequestInfo {
  const [plural = "", name, subresource, ...more] = parts;
  const at =
    subresource === "proxy" ? path.indexOf("/proxy", path.indexOf(`/${name}/`)) + "/proxy".length : 0;
  return {
    ...scope,
    plural,
    isTooLong: more.length > 0 && subresource !== "proxy",
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name: decode(name) }),
    ...(subresource === undefined ? {} : { subresource }),
    ...(subresource === "proxy" ? { rest: path.slice(at) } : {}),
  };
}

function decode(part: string | undefined): string {
  try {
    return decodeURIComponent(part ?? "");
  } catch {
    return part ?? "";
  }
}
