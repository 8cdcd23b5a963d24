import type { ClusterName } from "./on-each-cluster.ts";

/** A scenario that one of the clusters need not pass. */
export interface AllowedDifference {
  readonly on: ClusterName;
  /** The scenario's title, word for word. */
  readonly scenario: string;
  readonly because: string;
}

/** Every way in which the local platform may differ from a cluster. Whatever is not listed here is a bug in one of them. */
export const allowedDifferences: readonly AllowedDifference[] = [
  {
    on: "the local platform",
    scenario: "an image of one's own serves instead of a runtime, and another one after an update",
    because: "it runs processes of this machine and has no images but those it stands in for",
  },
  {
    on: "the local platform",
    scenario: "a Secret is mounted where the original put it, and read by that very path",
    because: "a plain process has no file system of its own; a path is right where the environment names it",
  },
  {
    on: "the local platform",
    scenario: "an image cannot be pulled",
    because: "the images it stands in for are there in every version, and nothing is pulled",
  },
];
