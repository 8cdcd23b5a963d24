import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { call } from "./call.ts";
import { toHeaders } from "./event.ts";

/** What one run came to: 0 or 1, and what is said of it. */
export interface Ending {
  readonly code: 0 | 1;
  readonly words: string;
  /** Where the last words go; undefined: nowhere but stderr. */
  readonly lastWordsPath: string | undefined;
}

const options = {
  url: { type: "string" },
  "timeout-seconds": { type: "string" },
  job: { type: "string" },
  "event-namespace": { type: "string" },
  source: { type: "string" },
  type: { type: "string" },
  payload: { type: "string" },
  "last-words": { type: "string" },
} as const;

/** Calls a function as the arguments say: 2xx is success, anything else is not. */
export async function run(argv: readonly string[], now: Date): Promise<Ending> {
  const { values } = parseArgs({ args: [...argv], options });
  const { url = "", job = "", source = "", type = "" } = values;
  const timeoutSeconds = Number(values["timeout-seconds"] ?? 180);
  const lastWordsPath = values["last-words"];
  try {
    const body = values.payload === undefined ? undefined : await readFile(values.payload);
    const headers = toHeaders(
      { job, source, type, timeoutSeconds, eventNamespace: values["event-namespace"] ?? "" },
      now,
    );
    const { status, head } = await call({ url, headers, body, timeoutMs: timeoutSeconds * 1000 });
    const succeeded = status >= 200 && status < 300;
    return {
      code: succeeded ? 0 : 1,
      words: `${url} answered ${status}${head.trim() === "" ? "" : `: ${head.trim()}`}`,
      lastWordsPath,
    };
  } catch (error) {
    return { code: 1, words: `${url} could not be called: ${(error as Error).message}`, lastWordsPath };
  }
}
