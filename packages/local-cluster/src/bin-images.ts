import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ImageEntry } from "./node/node-agent.ts";

const echo = `require("node:http").createServer((request, response) => {
  console.log(request.method, request.url);
  response.end(require("node:os").hostname() + " " + request.method + " " + request.url + "\\n");
}).listen(8080)`;

const system = [
  "sh",
  "bash",
  "sleep",
  "echo",
  "cat",
  "env",
  "ls",
  "date",
  "true",
  "false",
  "tar",
  "printf",
  "head",
  "tail",
  "grep",
];

/** What an empty cluster can run: Node, the usual small images by the host's own programs, and an `echo` server. */
export function defaultImages(): ImageEntry[] {
  const found = system.flatMap((program) => {
    const path = folders.map((folder) => join(folder, program)).find((one) => existsSync(one));
    return path === undefined ? [] : [[program, [path]] as const];
  });
  const programs = Object.fromEntries(found);
  const node = { node: [process.execPath] };
  return [
    { image: "echo", command: [process.execPath, "-e", echo], programs: { ...programs, ...node } },
    {
      image: /^(?:docker\.io\/)?(?:library\/)?node(?::|@|$)/,
      command: [process.execPath],
      handsOver: true,
      programs: { ...programs, ...node },
    },
    {
      image: /^(?:docker\.io\/)?(?:library\/)?(?:busybox|alpine|debian)(?::|@|$)/,
      args: ["sh"],
      programs,
    },
  ];
}

const folders = ["/bin", "/usr/bin", "/usr/local/bin"];
