const zips = [".zip"];
const tars = [
  ".tar",
  ...[".tar.gz", ".taz", ".tgz"],
  ...[".tar.bz2", ".tb2", ".tbz", ".tbz2", ".tz2"],
  ...[".tar.xz", ".txz"],
  ...[".tar.zst", ".tzst"],
];

/** Whether `--from-file` names something to download. */
export function isUrl(from: string): boolean {
  return /^https?:\/\//i.test(from);
}

/** `+zip`, `+compressedtar` or nothing, by the end of a file's name; of an address the query and fragment do not count. */
export function archiveSuffix(from: string): "" | "+zip" | "+compressedtar" {
  const path = (isUrl(from) ? from.replace(/[?#].*$/s, "") : from).toLowerCase();
  if (zips.some((end) => path.endsWith(end))) return "+zip";
  return tars.some((end) => path.endsWith(end)) ? "+compressedtar" : "";
}

/**
 * How bytes become `spec.function`: text as it is, everything else in base64. An archive is base64 even when its bytes
 * happen to be valid UTF-8 (Kubeless 1.0 wrote `text+zip` then, which nothing could unpack).
 */
export function encodeSource(
  name: string,
  bytes: Uint8Array,
): { readonly text: string; readonly contentType: string } {
  const suffix = archiveSuffix(name);
  const text = suffix === "" ? decodeText(bytes) : undefined;
  return text === undefined
    ? { text: Buffer.from(bytes).toString("base64"), contentType: `base64${suffix}` }
    : { text, contentType: "text" };
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
