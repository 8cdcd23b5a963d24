declare module "lz4js/xxh32.js" {
  /** xxHash-32 of `length` bytes from `index` on. */
  export function hash(seed: number, bytes: Uint8Array, index: number, length: number): number;
}
