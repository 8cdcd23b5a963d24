import { createHash } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { ProvisionError } from "./errors.ts";

export type SourceEncoding = "text" | "base64" | "url";

const DOWNLOAD_TIMEOUT_MS = 10 * 60_000;

/** What was fetched: its size and the SHA-256 of its bytes, before anything is unpacked. */
export interface Fetched {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Brings the source that `file` holds (as text, as base64, or as the URL it lies at) to the new file `to`.
 * Throws a ProvisionError naming what failed; an answer that is no 2xx is a failure, never source.
 */
export async function fetchSource(
  file: string,
  encoding: SourceEncoding,
  to: string,
  maxBytes: number,
): Promise<Fetched> {
  const written = await readFile(file).catch((cause: Error) => {
    throw new ProvisionError("SourceUnreadable", `the source cannot be read (${cause.message})`, { cause });
  });
  switch (encoding) {
    case "text":
      return await save([written], to, maxBytes);
    case "base64":
      return await save([decodeBase64(written.toString("latin1"))], to, maxBytes);
    case "url":
      return await download(written.toString("utf8").trim(), to, maxBytes);
  }
}

/** Decodes base64 (RFC 4648 §4; line breaks allowed, padding optional). Throws for anything else. */
export function decodeBase64(text: string): Buffer {
  const compact = text.replaceAll(/\s+/g, "");
  const valid = /^[A-Za-z0-9+/]*={0,2}$/.test(compact) && compact.replace(/=+$/, "").length % 4 !== 1;
  if (!valid) throw new ProvisionError("InvalidEncoding", "spec.function is not base64");
  return Buffer.from(compact, "base64");
}

async function download(text: string, to: string, maxBytes: number): Promise<Fetched> {
  const url = parseUrl(text);
  const shown = `${url.origin}${url.pathname}`;
  try {
    const response = await fetch(withoutCredentials(url), {
      headers: { ...authorization(url), "user-agent": "kubeless-provisioner" },
      signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS),
    });
    if (!response.ok || response.body === null) {
      throw new ProvisionError(
        "DownloadFailed",
        `${shown} answered ${response.status} ${response.statusText}`.trim(),
      );
    }
    return await save(response.body, to, maxBytes);
  } catch (cause) {
    if (cause instanceof ProvisionError || (cause instanceof Error && "syscall" in cause && "path" in cause))
      throw cause;
    throw new ProvisionError("DownloadFailed", `${shown} could not be fetched (${describe(cause)})`, {
      cause,
    });
  }
}

async function save(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  to: string,
  maxBytes: number,
): Promise<Fetched> {
  const hash = createHash("sha256");
  let bytes = 0;
  const file = await open(to, "wx", 0o600);
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > maxBytes)
        throw new ProvisionError("SourceTooLarge", `the source is larger than ${maxBytes} bytes`);
      hash.update(chunk);
      await file.write(chunk);
    }
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest("hex") };
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && ["http:", "https:"].includes(url.protocol)) return url;
  throw new ProvisionError("DownloadFailed", "spec.function holds no http or https URL");
}

function authorization(url: URL): Record<string, string> {
  if (url.username === "") return {};
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
}

function withoutCredentials(url: URL): URL {
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  return bare;
}

/** fetch hides the reason (a name not found, a certificate) in its cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message;
}
