/** Why source could not be put in place, and what to do about each. The code opens the program's last words. */
export const PROVISION_FAULTS = {
  InvalidArguments: "Check the arguments of the provisioner.",
  SourceUnreadable: "Check that the revision's ConfigMap is mounted.",
  InvalidEncoding: "Encode spec.function as base64, or set spec.function-content-type to what it is.",
  DownloadFailed: "Check that pods can reach the URL in spec.function.",
  ChecksumMismatch: "Correct spec.checksum, or find out who changed the source.",
  SourceTooLarge: "Leave out what the function does not need.",
  UnsupportedArchive: "Pack the source as zip, or as tar plain or compressed by gzip, bzip2, xz or zstd.",
  DamagedArchive: "Pack and deploy the source again.",
  UnsafeArchive: "Pack the source again without this entry.",
  VolumeUnwritable: "Check the volume the source is unpacked to, and the room left on it.",
} as const;

export type ProvisionFault = keyof typeof PROVISION_FAULTS;

/** A failure the person who deployed the function can do something about. */
export class ProvisionError extends Error {
  readonly code: ProvisionFault;

  constructor(code: ProvisionFault, what: string, options?: ErrorOptions) {
    super(`${what}. ${PROVISION_FAULTS[code]}`, options);
    this.name = "ProvisionError";
    this.code = code;
  }
}

/** `CODE: what happened. What to do.`: one line, as the controller finds it in the pod's status. */
export function toLastWords(error: unknown): string {
  if (error instanceof ProvisionError) return `${error.code}: ${oneLine(error.message)}`;
  if (isNoSpace(error)) return toLastWords(new ProvisionError("VolumeUnwritable", oneLine(error.message)));
  return `ProvisionerFailed: ${oneLine(error instanceof Error ? (error.stack ?? error.message) : String(error))}`;
}

function isNoSpace(error: unknown): error is Error {
  return (
    error instanceof Error &&
    "code" in error &&
    ["ENOSPC", "EDQUOT", "EROFS", "EACCES"].includes(String(error.code))
  );
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").slice(0, 2000);
}
