/** This package's release, which is also the tag of the image that its pods run. */
export const VERSION = "0.1.0";
