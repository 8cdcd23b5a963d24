import type { ServerResponse } from "node:http";

/** What is asked of the server itself. What it stores lies in its own process: there is nothing else to ask. */
const checks = ["ping", "log"];

/** Answers `/livez`, `/readyz`, `/healthz`, each also by check and with `?verbose`; false for other paths. */
export function answerHealth(url: string, response: ServerResponse): boolean {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const [, door, check, ...more] = pathname.split("/");
  if (door !== "livez" && door !== "readyz" && door !== "healthz") return false;
  if (more.length > 0 || (check !== undefined && !checks.includes(check))) return false;
  const isVerbose = check === undefined && searchParams.has("verbose");
  const text = isVerbose ? report(door, new Set(searchParams.getAll("exclude"))) : "ok";
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end(text);
  return true;
}

function report(door: string, excluded: ReadonlySet<string>): string {
  const lines = checks.map((check) => `[+]${check} ${excluded.has(check) ? "excluded: " : ""}ok`);
  return [...lines, `${door} check passed`, ""].join("\n");
}
