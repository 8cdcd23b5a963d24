#!/usr/bin/env node
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { startDevServer } from "./dev-server.ts";
import { isTooOld, oldestNode } from "./node-version.ts";

const usage = `Usage: runtime-node FILE [EXPORT] [--port 8080] [--timeout 180]

Serves the function in FILE (its default export, its only function, or the one named EXPORT) on this machine, and loads
it anew in a fresh process whenever a source beside it (.js, .ts, .json and their like) changes.
`;

const options = readArguments();
if (options === undefined) process.exitCode = 2;
else await serve(options);

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        port: { type: "string", short: "p", default: "8080" },
        timeout: { type: "string", default: "180" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help === true) {
      process.stdout.write(usage);
      process.exit(0);
    }
    return check(positionals, toNumber(values.port), toNumber(values.timeout));
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function check([file, handler, ...rest]: string[], port: number, timeoutSeconds: number) {
  const { node } = process.versions;
  if (isTooOld(node))
    return refuse(`Functions are served by Node ${oldestNode} or newer; this is Node ${node}.`);
  if (file === undefined || rest.length > 0) return refuse("Name one file, and at most one of its exports.");
  if (!existsSync(file)) return refuse(`There is no file ${file}.`);
  if (!(Number.isInteger(port) && port >= 0 && port <= 65535))
    return refuse("--port is a whole number from 0 to 65535.");
  if (!(Number.isFinite(timeoutSeconds) && timeoutSeconds > 0))
    return refuse("--timeout is a number of seconds above 0.");
  return { file: resolve(file), port, timeoutSeconds, ...(handler === undefined ? {} : { handler }) };
}

function toNumber(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

function refuse(reason: string): undefined {
  process.stderr.write(`${reason}\n\n${usage}`);
}

async function serve(options: NonNullable<ReturnType<typeof readArguments>>): Promise<void> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const server = await startDevServer({ ...options, environment: process.env, say }).catch(explain);
  if (server === undefined) return;
  say(`http://localhost:${server.port}`);
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(1);
    stopping = true;
    server.close().then(() => process.exit(0));
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

/** Nothing serves yet: the only thing that was tried is the port. */
function explain(error: NodeJS.ErrnoException): undefined {
  const reason = error.code === "EADDRINUSE" ? `Port ${options?.port} is in use` : error.message;
  process.stderr.write(`${reason}. Choose another one with --port; 0 takes any that is free.\n`);
  process.exitCode = 1;
}
