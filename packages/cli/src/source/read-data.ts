import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { toError } from "../errors.ts";
import { UsageError } from "../parse.ts";
import type { World } from "../world.ts";

/**
 * What `--data` means: the text itself, a file's content (`@FILE`) or standard input (`@-`).
 * @throws CliError SourceUnreadable
 */
export async function readData(data: string | undefined, world: World): Promise<Uint8Array | undefined> {
  if (data === undefined) return undefined;
  if (!data.startsWith("@")) return new TextEncoder().encode(data);
  const file = data.slice(1);
  if (file === "-") return Buffer.concat(await Array.fromAsync(world.stdin));
  try {
    return await readFile(resolve(world.workingDirectory, file));
  } catch (error) {
    throw toError("SourceUnreadable", { source: file, cause: (error as Error).message }, { cause: error });
  }
}

/** `NAME:VALUE` or `NAME=VALUE` each; names in lower case, values as RFC 9110 §5.5 has them. */
export function parseHeaders(items: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    items.map((item) => {
      const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+)\s*[:=]\s*([\t -~\u0080-\u00ff]*)$/.exec(item) ?? [];
      if (name === undefined || value === undefined)
        throw new UsageError(
          `--header is NAME:VALUE, in letters that HTTP can send, not ${JSON.stringify(item)}.`,
        );
      return [name.toLowerCase(), value];
    }),
  );
}
