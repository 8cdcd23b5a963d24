import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { eventHeaders } from "@kubeless/api-types";
import { type Answer, call } from "./call.ts";
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
  [eventHeaders.namespace]: { type: "string" },
  source: { type: "string" },
  type: { type: "string" },
  payload: { type: "string" },
  "last-words": { type: "string" },
} as const;

/** So long a function that has just been deployed is waited for; it is part of what a run may take beside the call. */
const PATIENCE_MS = 30_000;
const TRY_AGAIN_MS = 250;

/** Calls a function as the arguments say: 2xx is success, anything else is not. */
export async function run(
  argv: readonly string[],
  now: () => Date,
  { patienceMs = PATIENCE_MS } = {},
): Promise<Ending> {
  const { values } = parseArgs({ args: [...argv], options });
  const { url = "", job = "", source = "", type = "" } = values;
  const timeoutSeconds = Number(values["timeout-seconds"] ?? 180);
  const lastWordsPath = values["last-words"];
  try {
    const body = values.payload === undefined ? undefined : await readFile(values.payload);
    const event = { job, source, type, timeoutSeconds, eventNamespace: values[eventHeaders.namespace] ?? "" };
    const callNow = () =>
      call({ url, headers: toHeaders(event, now()), body, timeoutMs: timeoutSeconds * 1000 });
    const { status, head } = await callOnceThere(callNow, patienceMs);
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

/**
 * Nothing listens at the address of a function without a ready pod, or there is no such address yet. That is no failure of
 * the function, and nothing was sent, so it may be tried again without calling twice. The function's time begins anew.
 */
async function callOnceThere(callNow: () => Promise<Answer>, patienceMs: number): Promise<Answer> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    try {
      return await callNow();
    } catch (error) {
      if (!isNobodyThere(error) || performance.now() >= giveUpAt) throw error;
      await setTimeout(TRY_AGAIN_MS);
    }
  }
}

function isNobodyThere(error: unknown): boolean {
  return ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"].includes(
    String((error as { readonly code?: unknown }).code),
  );
}
