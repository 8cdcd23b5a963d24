/** This package's release, which is also the tag of its image. */
export const VERSION = "0.1.0";
