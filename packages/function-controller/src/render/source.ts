import type { Fault } from "./fault.ts";
import { fault } from "./fault.ts";

/** Where a function's code comes from and how it is packed: `spec.function-content-type`, understood. */
export interface SourceKind {
  readonly encoding: "text" | "base64" | "url";
  readonly format: "file" | "zip" | "tar";
  /** `+deps`: the file of dependencies lies inside the archive. */
  readonly hasBundledDependencies: boolean;
}

/**
 * Understands a content type as Kubeless did, by what it contains: `text` (or nothing), `base64` or `url`, with
 * `+zip`, `+compressedtar` and `+deps` in any order. An archive that claims to be text is base64: the original CLI
 * wrote that for archives that happened to be valid UTF-8.
 */
export function parseContentType(contentType: string): SourceKind | Fault {
  const encoding = parseEncoding(contentType);
  if (encoding === undefined) {
    return fault(
      "InvalidSpec",
      `function-content-type ${JSON.stringify(contentType)} is unknown: use text, base64 or url, followed by +zip or +compressedtar for an archive, and +deps if the archive holds its dependency file.`,
    );
  }
  const format = contentType.includes("zip") ? "zip" : contentType.includes("compressedtar") ? "tar" : "file";
  return {
    encoding: format !== "file" && encoding === "text" ? "base64" : encoding,
    format,
    hasBundledDependencies: contentType.includes("deps"),
  };
}

/** Only an exactly plain content type names a single file with the runtime's suffix; `+deps` alone does not. */
export function toFileName(module: string, suffix: string, contentType: string): string {
  return ["", "text", "base64", "url"].includes(contentType) ? `${module}${suffix}` : module;
}

export interface Handler {
  readonly module: string;
  readonly functionName: string;
}

/** `<module>.<function>`: exactly one dot; the module becomes a file name. */
export function parseHandler(handler: string): Handler | Fault {
  const [module, functionName, ...rest] = handler.split(".");
  if (!module || !functionName || rest.length > 0) {
    return fault(
      "InvalidSpec",
      `handler ${JSON.stringify(handler)} is not of the form <module>.<function>, for example hello.handler.`,
    );
  }
  if (/[/\\\0]/.test(module)) {
    return fault(
      "InvalidSpec",
      `the module ${JSON.stringify(module)} of the handler becomes a file name, so it may hold no slash.`,
    );
  }
  return { module, functionName };
}

/** `sha256:<hex>` or nothing. */
export function parseChecksum(checksum: string): string | undefined | Fault {
  if (checksum === "") return undefined;
  const hex = /^sha256:([0-9a-f]{64})$/i.exec(checksum)?.[1];
  if (hex !== undefined) return hex.toLowerCase();
  return fault(
    "InvalidSpec",
    `checksum ${JSON.stringify(checksum)} is not sha256: followed by 64 hexadecimal digits.`,
  );
}

function parseEncoding(contentType: string): SourceKind["encoding"] | undefined {
  if (contentType === "" || contentType.includes("text")) return "text";
  if (contentType.includes("base64")) return "base64";
  if (contentType.includes("url")) return "url";
  return undefined;
}
