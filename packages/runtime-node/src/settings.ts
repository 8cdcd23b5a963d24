import { RuntimeFailure } from "./errors.ts";

/** What the function server is told by its environment. */
export interface Settings {
  /** `MOD_NAME`: the function's file without its ending. */
  readonly module: string;
  /** `FUNC_HANDLER`: the export to call; without it, the only function there is. */
  readonly handler: string | undefined;
  /** `KUBELESS_INSTALL_VOLUME`: the folder that holds the file and its `node_modules`. */
  readonly folder: string;
  /** `FUNC_TIMEOUT`, in seconds. */
  readonly timeoutSeconds: number;
  /** `FUNC_RUNTIME` and `FUNC_MEMORY_LIMIT` are handed to the function as they are. */
  readonly runtime: string | undefined;
  readonly memoryLimit: string | undefined;
  /** `FUNC_PORT`; 0 asks the system for a free one. */
  readonly port: number;
  /** `REQ_MB_LIMIT`: the largest body, in bytes here and MiB there. */
  readonly bodyLimitBytes: number;
  /** The same for `multipart/*`, but none unless `REQ_MB_LIMIT` is set: the original had none, and nothing is held in memory. */
  readonly multipartLimitBytes: number | undefined;
  /** `FUNC_DRAIN_SECONDS`: how long requests are still taken after SIGTERM. */
  readonly drainSeconds: number;
  /** `FUNC_ERROR_STACK=true`: replies to failed calls carry the stack. */
  readonly errorStack: boolean;
  /** `FUNC_ACCESS_LOG=true`: one line on stdout for every request. */
  readonly accessLog: boolean;
  /** `KUBELESS_TERMINATION_LOG`: where the reason for an exit is written, if that file exists. */
  readonly terminationLog: string;
}

/**
 * Reads the settings out of an environment (names and meanings are Kubeless' own, those it had no name for excepted).
 * @throws RuntimeFailure `SETTINGS_INVALID`, naming every fault at once.
 */
export function parseSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const read = new Reader(environment);
  const bodyLimitBytes = Math.floor(read.number("REQ_MB_LIMIT", 1, { above: 0 }) * 1024 * 1024);
  const settings: Settings = {
    module: read.word("MOD_NAME"),
    handler: read.text("FUNC_HANDLER"),
    folder: read.text("KUBELESS_INSTALL_VOLUME") ?? "/kubeless",
    timeoutSeconds: read.number("FUNC_TIMEOUT", 180, { above: 0 }),
    runtime: read.text("FUNC_RUNTIME"),
    memoryLimit: read.text("FUNC_MEMORY_LIMIT"),
    port: read.number("FUNC_PORT", 8080, { from: 0, to: 65535, whole: true }),
    bodyLimitBytes,
    multipartLimitBytes: read.text("REQ_MB_LIMIT") === undefined ? undefined : bodyLimitBytes,
    drainSeconds: read.number("FUNC_DRAIN_SECONDS", 5, { from: 0 }),
    errorStack: read.flag("FUNC_ERROR_STACK"),
    accessLog: read.flag("FUNC_ACCESS_LOG"),
    terminationLog: read.text("KUBELESS_TERMINATION_LOG") ?? "/dev/termination-log",
  };
  if (read.faults.length > 0) throw new RuntimeFailure("SETTINGS_INVALID", read.faults.join("; "));
  return settings;
}

interface Bounds {
  readonly above?: number;
  readonly from?: number;
  readonly to?: number;
  readonly whole?: boolean;
}

class Reader {
  readonly faults: string[] = [];
  readonly #environment: Readonly<Record<string, string | undefined>>;

  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.#environment = environment;
  }

  text(name: string): string | undefined {
    return this.#environment[name] || undefined;
  }

  word(name: string): string {
    const value = this.text(name);
    if (value === undefined) this.faults.push(`${name} is not set`);
    return value ?? "";
  }

  number(name: string, fallback: number, bounds: Bounds): number {
    const value = this.text(name)?.trim();
    if (value === undefined) return fallback;
    const parsed = Number(value);
    if (value !== "" && isWithin(parsed, bounds)) return parsed;
    this.faults.push(`${name} is "${value}", but must be ${inWords(bounds)}`);
    return fallback;
  }

  flag(name: string): boolean {
    const value = this.text(name);
    if (value === undefined || value === "false") return false;
    if (value !== "true") this.faults.push(`${name} is "${value}", but must be true or false`);
    return true;
  }
}

function isWithin(
  value: number,
  { above = -Infinity, from = -Infinity, to = Infinity, whole }: Bounds,
): boolean {
  return (
    Number.isFinite(value) &&
    value > above &&
    value >= from &&
    value <= to &&
    (!whole || Number.isInteger(value))
  );
}

function inWords({ above, from, to, whole }: Bounds): string {
  const kind = whole === true ? "a whole number" : "a number";
  if (above !== undefined) return `${kind} above ${above}`;
  return to === undefined ? `${kind} of ${from} or more` : `${kind} from ${from} to ${to}`;
}
