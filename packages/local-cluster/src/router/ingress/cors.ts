import type { CorsSettings } from "./annotations.ts";

/** The headers with which a route answers this origin, in the place of the function's own; none when it is not allowed. */
export function corsHeaders(cors: CorsSettings, origin: string | undefined): Record<string, string> {
  const allowed = allowedOrigin(cors.origins, origin);
  if (allowed === undefined) return {};
  return {
    "access-control-allow-origin": allowed,
    ...(allowed === "*" ? {} : { Vary: "Origin" }),
    ...(cors.credentials ? { "access-control-allow-credentials": "true" } : {}),
    ...(cors.exposeHeaders === undefined ? {} : { "access-control-expose-headers": cors.exposeHeaders }),
  };
}

/** What a preflight request is answered beside `corsHeaders`, with status 204. */
export function preflightHeaders({ methods, headers, maxAge }: CorsSettings): Record<string, string> {
  return {
    "Access-Control-Allow-Methods": methods,
    "Access-Control-Allow-Headers": headers,
    "Access-Control-Max-Age": maxAge,
  };
}

function allowedOrigin(origins: readonly string[], origin: string | undefined): string | undefined {
  if (origins.includes("*")) return "*";
  return origin !== undefined && origins.some((pattern) => matches(pattern, origin)) ? origin : undefined;
}

/** `https://*.example.com` stands for one or more labels. */
function matches(pattern: string, origin: string): boolean {
  const star = pattern.indexOf("*");
  if (star < 0) return pattern === origin;
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return origin.length > head.length + tail.length && origin.startsWith(head) && origin.endsWith(tail);
}
