import { namespaceFlags } from "../../cluster-flags.ts";
import { defineCommand } from "../../command.ts";
import { completeFunctions } from "../../completion/candidates.ts";
import { callFunction } from "../../function/call-function.ts";
import { UsageError } from "../../parse.ts";
import { parseHeaders, readData } from "../../source/read-data.ts";

export const call = defineCommand({
  description:
    "Prints what it answers as it arrives. Without data it is a GET, with data a POST: JSON as " +
    "application/json, anything else as a form unless a header says otherwise. The exit code is 0 for a 2xx answer.",
  arguments: { name: { description: "The function", required: true, complete: completeFunctions } },
  flags: {
    ...namespaceFlags,
    data: {
      type: "string",
      short: "d",
      placeholder: "TEXT|@FILE",
      description: "What to send; @FILE for a file's content, @- for standard input",
    },
    header: { type: "repeated", short: "H", placeholder: "NAME:VALUE", description: "A header to send" },
  },
  examples: [
    { what: "Without data", line: "kubeless function call hello" },
    { what: "With JSON", line: `kubeless function call hello --data '{"name": "Ada"}'` },
    {
      what: "With a file",
      line: "kubeless function call resize -d @photo.jpg -H 'Content-Type: image/jpeg'",
    },
  ],
  run: async ({ arguments: { name }, flags }, world) => {
    const headers = parseHeaders(flags.header ?? []);
    refuseOwn(Object.keys(headers));
    const data = await readData(flags.data, world);
    await callFunction({ name, data, headers }, await world.connect(flags), world);
  },
});

/** What belongs to the connection to the API server, through which calls go, and never reaches a function as it is. */
const ownHeaders: ReadonlySet<string> = new Set([
  ...["authorization", "connection", "content-length", "expect", "host", "keep-alive"],
  ...["proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade"],
]);

function refuseOwn(names: readonly string[]): void {
  const own = names.find((name) => ownHeaders.has(name));
  if (own !== undefined)
    throw new UsageError(`--header cannot be ${own}: it belongs to the connection to the API server.`);
}
