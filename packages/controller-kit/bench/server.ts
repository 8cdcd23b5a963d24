import { createServer, type ServerResponse } from "node:http";
import { EVENTS, OBJECTS } from "./size.ts";

/** A list of 10,000 objects of about 2 KB in pages, and a watch: what both informers are measured against. */
const objects = Array.from({ length: OBJECTS }, (_, index) => toObject(index, index + 1));
const watchers = new Set<ServerResponse>();
const counts = { lists: 0, watches: 0 };

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://localhost");
  const command = COMMANDS[url.pathname];
  if (command !== undefined) void command().then(() => response.end(JSON.stringify(counts)));
  else if (url.searchParams.get("watch") === "true") openWatch(response);
  else
    sendPage(
      response,
      Number(url.searchParams.get("limit") ?? OBJECTS),
      Number(url.searchParams.get("continue") ?? 0),
    );
});
server.listen(0, "127.0.0.1", () => process.send?.(server.address()));

const COMMANDS: Readonly<Record<string, () => Promise<void>>> = {
  "/counts": async () => {},
  "/cut": async () => {
    for (const watcher of watchers) watcher.socket?.resetAndDestroy();
  },
  "/last": async () => void send(toObject(0, 10_000_001)),
  "/events": async () => {
    for (let sent = 0; sent < EVENTS; sent += 1) {
      const isFull = send(toObject(sent % OBJECTS, OBJECTS + 1 + sent));
      if (isFull)
        await Promise.all(
          [...watchers].map((watcher) => new Promise((resolve) => watcher.once("drain", resolve))),
        );
    }
  },
};

function send(object: object): boolean {
  const line = `${JSON.stringify({ type: "MODIFIED", object })}\n`;
  return [...watchers].map((watcher) => !watcher.write(line)).includes(true);
}

function openWatch(response: ServerResponse): void {
  counts.watches += 1;
  watchers.add(response);
  response.once("close", () => watchers.delete(response));
  response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
}

function sendPage(response: ServerResponse, limit: number, start: number): void {
  counts.lists += 1;
  const end = start + limit;
  const metadata = { resourceVersion: String(OBJECTS), ...(end < OBJECTS && { continue: String(end) }) };
  const page = {
    apiVersion: "bench.example.com/v1",
    kind: "ThingList",
    metadata,
    items: objects.slice(start, end),
  };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(page));
}

function toObject(index: number, version: number) {
  const fields = Object.fromEntries(
    Array.from({ length: 12 }, (_, field) => [`f:field-${field}`, { ".": {}, "f:name": {} }]),
  );
  const managedFields = [
    {
      manager: "kubectl",
      operation: "Update",
      apiVersion: "bench.example.com/v1",
      fieldsType: "FieldsV1",
      fieldsV1: { "f:spec": fields },
    },
  ];
  return {
    apiVersion: "bench.example.com/v1",
    kind: "Thing",
    metadata: {
      name: `thing-${index}`,
      namespace: `ns-${index % 20}`,
      uid: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
      resourceVersion: String(version),
      creationTimestamp: "2026-01-01T00:00:00Z",
      labels: { "created-by": "bench", function: `thing-${index}` },
      managedFields,
    },
    spec: { handler: "hello.greet", runtime: "nodejs", function: "x".repeat(1_000), timeout: "180" },
  };
}
