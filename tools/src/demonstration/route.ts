import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Shell } from "./shell.ts";

interface Trigger {
  readonly status?: {
    readonly url?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Posts JSON to the address an HTTPTrigger says it has, and shows that as curl would do it. Rejects for another answer. */
export async function callRoute(
  shell: Shell,
  trigger: string,
  data: object,
  expected: string,
): Promise<void> {
  const url = await addressOf(shell, trigger);
  const body = JSON.stringify(data);
  console.log(`\n$ curl ${url} --json '${body}'`);
  const answer = await post(url, body);
  console.log(answer);
  if (answer !== expected) throw new Error(`${url} did not answer "${expected}".`);
}

async function addressOf(shell: Shell, name: string): Promise<string> {
  const patience = AbortSignal.timeout(30_000);
  for (;;) {
    const { status }: Trigger = JSON.parse(
      shell.ask(["trigger", "http", "describe", name, "-o", "json"]) ?? "{}",
    );
    const isReady = status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
    if (isReady && status?.url !== undefined) return status.url;
    patience.throwIfAborted();
    await delay(100);
  }
}

/** As browsers and curl do: a name below `localhost` is this machine (RFC 6761), whatever its resolver says. */
function post(url: string, body: string): Promise<string> {
  const { host, port, pathname } = new URL(url);
  const headers = { host, "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path: pathname, method: "POST", headers }, async (answer) => {
      resolve(Buffer.concat(await answer.toArray()).toString());
    })
      .on("error", reject)
      .end(body);
  });
}
