#!/usr/bin/env node
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { startDevServer } from "./dev-server.ts";

const usage = `Usage: runtime-node FILE [EXPORT] [--port 8080] [--timeout 180]

Serves the function in FILE (its default export, its only function, or the one named EXPORT) on this machine, and loads
it anew in a fresh process whenever a file beside it changes.
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
    return check(positionals, Number(values.port), Number(values.timeout));
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function check([file, handler, ...rest]: string[], port: number, timeoutSeconds: number) {
  if (file === undefined || rest.length > 0) return refuse("Name one file, and at most one of its exports.");
  if (!existsSync(file)) return refuse(`There is no file ${file}.`);
  if (!(port >= 0 && port <= 65535)) return refuse("--port is a number from 0 to 65535.");
  if (!(timeoutSeconds > 0)) return refuse("--timeout is a number of seconds above 0.");
  return { file: resolve(file), port, timeoutSeconds, ...(handler === undefined ? {} : { handler }) };
}

function refuse(reason: string): undefined {
  process.stderr.write(`${reason}\n\n${usage}`);
}

async function serve(options: NonNullable<ReturnType<typeof readArguments>>): Promise<void> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const server = await startDevServer({ ...options, environment: process.env, say });
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
