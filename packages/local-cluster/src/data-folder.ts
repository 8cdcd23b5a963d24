import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Certificates } from "./certificates/certificates.ts";
import { readProcess } from "./node/process-list.ts";

export interface Identity {
  readonly token: string;
  readonly tokenKey: string;
  readonly certificates: Certificates;
  readonly port?: number;
}

/** Who the cluster is over restarts, so that a kubeconfig stays valid: read from the folder, made the first time. */
export async function loadIdentity(
  folder: string,
  create: () => Promise<Identity>,
): Promise<Identity & { rememberPort(port: number): void }> {
  const path = join(folder, "identity.json");
  const identity = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Identity) : await create();
  const save = (value: Identity) => {
    writeFileSync(`${path}.new`, JSON.stringify(value), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };
  save(identity);
  return { ...identity, rememberPort: (port) => save({ ...identity, port }) };
}

/** Claims a folder for this process. Throws when another living process has it; returns what gives it back. */
export function lockFolder(folder: string): () => void {
  const path = join(folder, "lock");
  const claim = () => writeFileSync(path, nameOf(process.pid) ?? "", { flag: "wx", mode: 0o600 });
  try {
    claim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const owner = readFileSync(path, "utf8");
    const pid = Number.parseInt(owner, 10);
    if (owner !== "" && nameOf(pid) === owner) {
      throw new Error(
        `a cluster with process id ${pid} is running in ${folder}: stop it, or choose another folder`,
        { cause: error },
      );
    }
    rmSync(path, { force: true });
    claim();
  }
  return () => rmSync(path, { force: true });
}

/** A pid may be used again, after a restart of the machine it soon is; pid and start time together name one process. */
function nameOf(pid: number): string | undefined {
  const found = readProcess(pid);
  return found === undefined ? undefined : `${pid} ${found.startTime}\n`;
}
