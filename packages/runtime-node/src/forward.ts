import { Agent, type IncomingMessage, request as openRequest, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";

/** Hands a request on to a server on this machine and its answer back, byte for byte and as it comes. */
export async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
): Promise<void> {
  const agent = new Agent({ keepAlive: false });
  const onward = openRequest({
    agent,
    host: "127.0.0.1",
    port,
    method: request.method,
    path: request.url,
    headers: request.rawHeaders,
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    onward.once("response", resolve);
    onward.once("error", reject);
  });
  response.once("close", () => onward.destroy());
  request.pipe(onward);
  try {
    const answer = await answered;
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.rawHeaders));
    response.flushHeaders();
    await pipeline(answer, response);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else
      response
        .writeHead(502)
        .end(`The function's process ended without an answer: ${(error as Error).message}\n`);
  }
}

/** Headers are about one connection or about the message; only the latter are handed on. */
function endToEnd(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    if (!/^(connection|keep-alive|transfer-encoding)$/i.test(name)) kept.push(name, rawHeaders[at + 1] ?? "");
  }
  return kept;
}
