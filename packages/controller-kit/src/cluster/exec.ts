import { PassThrough, Readable } from "node:stream";
import { Exec, type KubeConfig, type V1Status } from "@kubernetes/client-node";

export interface ExecOptions {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Program and arguments; no shell is in between. */
  readonly command: readonly string[];
  /** What the program reads. Its input is not ended after it: not every API server passes that on. */
  readonly input: string;
  readonly signal: AbortSignal;
}

/** A command in a pod that has come to its end otherwise than with 0. */
export class ExecError extends Error {
  override readonly name = "ExecError";
}

/**
 * Runs a command in a container and gives its standard output as it comes. Throws an ExecError, with what the command
 * wrote to standard error, when it could not be run or did not exit with 0.
 */
export async function* execInPod(kubeConfig: KubeConfig, options: ExecOptions): AsyncGenerator<string, void> {
  const { namespace, pod, container, command, input, signal } = options;
  const stdout = new PassThrough({ encoding: "utf8" });
  const stderr = new PassThrough({ encoding: "utf8" });
  let said = "";
  stderr.on("data", (text: string) => {
    said = (said + text).slice(-4_096);
  });
  let status: V1Status | undefined;
  const socket = await new Exec(kubeConfig)
    .exec(namespace, pod, container, [...command], stdout, stderr, openInput(input), false, (ended) => {
      status = ended;
    })
    .catch((error: Error) => {
      throw new ExecError(`${namespace}/${pod}: ${error.message || "the connection was refused"}`);
    });
  const end = () => stdout.end();
  socket.onclose = end;
  socket.onerror = end;
  signal.addEventListener("abort", () => socket.close(), { once: true });
  try {
    signal.throwIfAborted();
    yield* stdout as AsyncIterable<string>;
  } finally {
    socket.close();
  }
  if (status?.status !== "Success")
    throw new ExecError(
      `${namespace}/${pod}: ${status?.message ?? "the connection broke off"}. ${said}`.trim(),
    );
}

/** Gives the text, and stays open. */
function openInput(text: string): Readable {
  const stream = new Readable({ read: () => undefined });
  stream.push(text);
  return stream;
}
