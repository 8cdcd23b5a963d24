/** What `engines` in package.json says: the first Node 22 that strips types without being asked to. */
export const oldestNode = "22.19";

/** Whether a version of Node, as `process.versions.node` has it, comes before the oldest that serves functions. */
export function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestNode.split(".").map(Number);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}
