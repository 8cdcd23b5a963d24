import type { Duplex, Readable } from "node:stream";

export interface LogOptions {
  readonly container?: string;
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly sinceSeconds?: number;
  readonly sinceTime?: string;
  readonly tailLines?: number;
  readonly limitBytes?: number;
  readonly timestamps?: boolean;
}

export interface ExecOptions {
  readonly container?: string;
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
}

/** A running `exec` or `attach`: its streams, how it ended, and how it is ended. */
export interface ExecSession {
  readonly stdin?: NodeJS.WritableStream;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves with the exit code; rejects with a StatusError when the command could not be started. */
  readonly exit: Promise<number>;
  kill(): void;
}

export interface ContainerUsage {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly cpuNanocores: number;
  readonly memoryBytes: number;
  readonly sampledAt: number;
  readonly windowSeconds: number;
}

/** What the API server asks of the node: the pods' streaming subresources and the figures of `kubectl top`. */
export interface NodeAgent {
  /** Throws a StatusError (400 while the container is not started, 404 for an unknown one). */
  logs(namespace: string, pod: string, options: LogOptions): Readable;
  exec(namespace: string, pod: string, options: ExecOptions): ExecSession;
  attach(namespace: string, pod: string, options: Omit<ExecOptions, "command">): ExecSession;
  /** A connection to what the pod has on this port, wherever on loopback that really is. */
  dial(namespace: string, pod: string, port: number): Promise<Duplex>;
  usage(): readonly ContainerUsage[];
  /** Ends every pod's processes, waits for them up to the grace period, and resolves when none is left. */
  stop(): Promise<void>;
}

/** One line of the table that says what an image name means on this machine; the first match counts. */
export interface ImageEntry {
  /** The image's name without tag and digest, or a pattern over the whole reference. */
  readonly image: string | RegExp;
  /** What runs when the container names no command of its own. */
  readonly command?: readonly string[];
  /** What follows, or runs where there is no such command, when the container names no arguments. */
  readonly args?: readonly string[];
  /** Whether arguments that begin with one of its programs run that instead of its command. */
  readonly handsOver?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Commands a pod may name itself (`node`, `sh`, …), each with the host program that serves it; absent: none. */
  readonly programs?: Readonly<Record<string, readonly string[]>>;
  /** The variable through which the program learns the loopback port it must really listen on; Node programs need none. */
  readonly portEnv?: string;
}
