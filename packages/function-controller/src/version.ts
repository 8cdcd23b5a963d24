/** This package's release, which is also the tag of the images it names by default. */
export const VERSION = "0.1.0";
