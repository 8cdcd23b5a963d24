import type { Cluster, ClusterTarget } from "./cluster.ts";

/** Where a command writes. Resolves when the other side has taken it, so that a slow reader slows us down. */
export interface Output {
  write(chunk: string | Uint8Array): Promise<void>;
  /** Whether a person reads along: colour, spinners, and tables cut to the width are for them only. */
  readonly isTTY: boolean;
  /** Width in characters; only meaningful at a terminal. */
  readonly columns: number;
}

/** Everything a command may touch beside its arguments. A test passes its own. */
export interface World {
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly homeDirectory: string;
  /** What the program is called as: `kubeless` or `kubectl kubeless`. */
  readonly program: string;
  readonly now: () => Date;
  /** Aborted by the first Ctrl-C or SIGTERM; what is under way ends soon and clean. */
  readonly signal: AbortSignal;
  /** Downloads what `--from-file https://…` names. */
  readonly fetch: typeof fetch;
  /** Runs this program again, apart from this process, with its output in a file; resolves with its exit code. */
  readonly startDetached: (argv: readonly string[], log: string) => { readonly exited: Promise<number> };
  /** Finds a cluster and connects on first use. */
  readonly connect: (target: ClusterTarget) => Promise<Cluster>;
}
