import type { ImageEntry } from "./node/node-agent.ts";

const echo = `require("node:http").createServer((request, response) => {
  console.log(request.method, request.url);
  response.end(require("node:os").hostname() + " " + request.method + " " + request.url + "\\n");
}).listen(process.env.PORT || 8080)`;

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
  const programs = Object.fromEntries(system.map((program) => [program, [program]]));
  const node = { node: [process.execPath] };
  return [
    { image: "echo", command: [process.execPath, "-e", echo], programs: { ...programs, ...node } },
    {
      image: /^(?:docker\.io\/)?(?:library\/)?node(?::|@|$)/,
      command: [process.execPath],
      programs: { ...programs, ...node },
    },
    {
      image: /^(?:docker\.io\/)?(?:library\/)?(?:busybox|alpine|debian)(?::|@|$)/,
      command: ["sh"],
      programs,
    },
  ];
}
