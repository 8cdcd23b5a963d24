import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface SourceServer {
  /** The address a file can be got from. */
  urlOf(file: string): string;
  /** What a file holds from now on. */
  put(file: string, content: string | Uint8Array): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A place on the web where people keep their sources. */
export async function startSourceServer(host: string): Promise<SourceServer> {
  const files = new Map<string, string | Uint8Array>();
  const server = createServer((request, response) => {
    const content = files.get((request.url ?? "").slice(1));
    if (content === undefined) response.writeHead(404);
    response.end(content);
  });
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (file) => `http://${host}:${port}/${file}`,
    put: (file, content) => void files.set(file, content),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
