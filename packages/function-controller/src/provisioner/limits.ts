/** What an archive may hold. Bounds of one pod's volume and memory, not of good taste. */
export interface Limits {
  /** Of the source as fetched, before anything is unpacked. */
  readonly maxSourceBytes: number;
  /** Of everything unpacked. */
  readonly maxUnpackedBytes: number;
  readonly maxEntries: number;
  readonly maxPathBytes: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxSourceBytes: 512 * 1024 ** 2,
  maxUnpackedBytes: 2 * 1024 ** 3,
  maxEntries: 200_000,
  maxPathBytes: 1024,
};
