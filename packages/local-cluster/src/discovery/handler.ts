import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { notAllowed, unknownPath } from "../errors.ts";
import { groupsOf } from "../kinds/registry.ts";
import { apiVersionOf } from "../kinds/resource.ts";
import { type Service, sendJson, sendText } from "../request/context.ts";
import { aggregatedDiscovery } from "./aggregated.ts";
import { apiGroup, apiGroups, resourceList } from "./legacy.ts";
import { openApiDocument } from "./openapi.ts";

/** Everything that is about the API rather than about objects. */
export async function handleDiscovery(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
  url: string,
): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    throw notAllowed();
  }
  const path = (url.split("?")[0] ?? "").replace(/\/$/, "");
  if (path === "/api" || path === "/apis") return sendRoot(service, request, response, path);
  if (path === "/openapi/v3") return sendJson(response, 200, openApiPaths(service));
  if (path.startsWith("/openapi/v3/"))
    return sendOpenApi(service, response, path.slice("/openapi/v3/".length));
  if (path === "/openapi/v2" && /proto-openapi\.spec\.v2/.test(request.headers.accept ?? "")) {
    sendEmptyV2(response);
    return;
  }
  if (path === "") return sendJson(response, 200, { paths: rootPaths(service) });
  const [, root, group = "", version] = path.split("/");
  if (root === "api" && group === "v1")
    return sendJson(response, 200, resourceList(service.registry, "", "v1"));
  if (root === "apis" && version === undefined)
    return sendJson(response, 200, apiGroup(service.registry, group));
  if (root === "apis" && version !== undefined)
    return sendJson(response, 200, resourceList(service.registry, group, version));
  throw unknownPath();
}

/**
 * kubectl asks here for kinds that it did not find in version 3, and says only then that nobody serves them: a
 * document without definitions is the truth, and zero bytes of protobuf.
 */
function sendEmptyV2(response: ServerResponse): void {
  response
    .writeHead(200, { "content-type": "application/com.github.proto-openapi.spec.v2.v1.0+protobuf" })
    .end();
}

function sendRoot(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
  path: "/api" | "/apis",
): void {
  const version = /as=APIGroupDiscoveryList/.test(request.headers.accept ?? "")
    ? /v=(v2(?:beta1)?)[^,]*as=APIGroupDiscoveryList/.exec(request.headers.accept ?? "")?.[1]
    : undefined;
  if (version !== undefined) {
    const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    const text = JSON.stringify(aggregatedDiscovery(service.registry, path === "/api", version));
    response
      .writeHead(200, { "content-type": type, "content-length": Buffer.byteLength(text), vary: "Accept" })
      .end(text);
  } else if (path === "/apis") sendJson(response, 200, apiGroups(service.registry));
  else {
    const address = { clientCIDR: "0.0.0.0/0", serverAddress: request.headers.host };
    sendJson(response, 200, {
      kind: "APIVersions",
      versions: ["v1"],
      serverAddressByClientCIDRs: [address],
    });
  }
}

function groupVersionPaths(service: Service): string[] {
  const pairs = [...groupsOf(service.registry)].flatMap(([group, versions]) =>
    versions.map((version) => [group, version] as const),
  );
  const built = [
    ["authentication.k8s.io", "v1"],
    ["authorization.k8s.io", "v1"],
  ] as const;
  return [...pairs, ...built].map(([group, version]) =>
    group === "" ? `api/${version}` : `apis/${apiVersionOf(group, version)}`,
  );
}

function rootPaths(service: Service): string[] {
  return [
    "/api",
    "/apis",
    ...groupVersionPaths(service).map((path) => `/${path}`),
    "/livez",
    "/openapi/v3",
    "/readyz",
    "/version",
  ];
}

function openApiPaths(service: Service): object {
  const entries = groupVersionPaths(service).map((path) => {
    const hash = createHash("sha256")
      .update(`${path}/${service.registry.generation}/${service.gitVersion}`)
      .digest("hex")
      .slice(0, 32)
      .toUpperCase();
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }];
  });
  return { paths: Object.fromEntries(entries) };
}

async function sendOpenApi(service: Service, response: ServerResponse, path: string): Promise<void> {
  const [root, ...rest] = path.split("/");
  const [group = "", version = ""] = root === "api" ? ["", rest[0]] : rest;
  if (!groupVersionPaths(service).includes(path)) throw unknownPath();
  sendText(response, 200, JSON.stringify(await openApiDocument(service, group, version)));
}
