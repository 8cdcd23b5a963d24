/** A path as the pod's author wrote it, and the file or folder on this machine that stands for it. */
export interface Mount {
  readonly mountPath: string;
  readonly hostPath: string;
}

const before = String.raw`(^|[\s:;,=&|<>("'\`])`;
const after = String.raw`(?=$|[\s:;,&|<>)"'\`/])`;

/**
 * Nothing can be mounted at `/kubeless` for a plain process. So wherever the pod's own text (a word of its command, an
 * argument, the value of a variable) starts a path with a mount path, that part becomes the folder it stands for:
 * `/kubeless/handler.js`, `--require=/kubeless/x.js`, `cat /etc/app/a.yaml > /tmp/out`. A path that merely contains
 * a mount path (`/opt/kubeless`) or continues its last name (`/kubeless-2`) stays as it is. The longest mount path wins.
 */
export function createPathRewriter(mounts: readonly Mount[]): (text: string) => string {
  const hostPaths = new Map(mounts.map(({ mountPath, hostPath }) => [trimSlash(mountPath), hostPath]));
  const paths = [...hostPaths.keys()].filter((path) => path.startsWith("/") && path !== "/");
  if (paths.length === 0) return (text) => text;
  const longestFirst = paths.sort((a, b) => b.length - a.length).map(escapePattern);
  const pattern = new RegExp(`${before}(${longestFirst.join("|")})${after}`, "g");
  return (text) =>
    text.replace(pattern, (_match, lead: string, path: string) => `${lead}${hostPaths.get(path) ?? path}`);
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

function trimSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, "") : path;
}
