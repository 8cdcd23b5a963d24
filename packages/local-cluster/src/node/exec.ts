import { PassThrough } from "node:stream";
import { StatusError } from "../errors.ts";
import type { ContainerRunner } from "./container-runner.ts";
import type { LogLine } from "./log-file.ts";
import type { ExecOptions, ExecSession } from "./node-agent.ts";
import type { ProcessTable, RunningProcess } from "./processes.ts";

/** Runs a command beside a running container. It ends with the session. */
export function execIn(processes: ProcessTable, runner: ContainerRunner, options: ExecOptions): ExecSession {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  let isKilled = false;
  let process: RunningProcess | undefined;
  const start = async () => {
    process = await startCommand(processes, runner, options);
    if (isKilled) process.kill();
    const { child } = process;
    child.stdout?.pipe(stdout);
    child.stderr?.pipe(options.tty ? stdout : stderr, { end: !options.tty });
    if (child.stdin !== null) stdin.pipe(child.stdin).on("error", () => {});
    const container = runner.process;
    container?.exit.then(() => process?.kill());
    return (await process.exit).code;
  };
  const exit = start().finally(() => {
    stdout.end();
    stderr.end();
  });
  return {
    ...(options.stdin ? { stdin } : {}),
    stdout,
    stderr,
    exit,
    kill: () => {
      isKilled = true;
      process?.kill();
    },
  };
}

/** Follows what the container writes from now on, until it ends. */
export function attachTo(runner: ContainerRunner, options: Omit<ExecOptions, "command">): ExecSession {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const ended = Promise.withResolvers<void>();
  const end = runner.log(false)?.follow((line) => (line === undefined ? ended.resolve() : forward(line)));
  const forward = ({ stream, text, complete }: LogLine) => {
    const target = stream === "stdout" || options.tty ? stdout : stderr;
    target.write(complete ? Buffer.concat([text, Buffer.from("\n")]) : text);
  };
  const process = runner.process;
  const exit = Promise.race([ended.promise, process?.exit]).then(async () => {
    end?.();
    stdout.end();
    stderr.end();
    return (await process?.exit)?.code ?? 0;
  });
  const input = process?.child.stdin;
  return {
    ...(options.stdin && input ? { stdin: input } : {}),
    stdout,
    stderr,
    exit,
    kill: () => ended.resolve(),
  };
}

async function startCommand(
  processes: ProcessTable,
  runner: ContainerRunner,
  { command, stdin }: ExecOptions,
): Promise<RunningProcess> {
  if (runner.launch === undefined) throw notRunning(runner);
  try {
    return await processes.start({ ...runner.launch.command(command), stdin });
  } catch (error) {
    throw new StatusError(
      "InternalError",
      `Internal error occurred: error executing command in container: ${(error as Error).message}`,
    );
  }
}

export function notRunning(runner: ContainerRunner): StatusError {
  return new StatusError("BadRequest", `container not found ("${runner.name}")`);
}
