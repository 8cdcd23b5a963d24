#!/usr/bin/env node
import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { defaultImages } from "./bin-images.ts";
import type { Logger } from "./pipeline/cluster.ts";
import { startCluster } from "./start-cluster.ts";

const usage = `Starts an empty Kubernetes cluster in this process.

Usage: local-cluster [options]

  --kubeconfig FILE  where the kubeconfig is written (default: DATA/kubeconfig)
  --data FOLDER      where state is kept over restarts (default: ~/.local-cluster)
  --in-memory        keep nothing
  --port NUMBER      the API's port on 127.0.0.1 (default: a free one)
  --http-port NUMBER the ingress router's port (default: a free one)
  --help             this text

Images it can run: node, busybox, alpine, debian (by this machine's own programs), echo (an HTTP server).
`;

const values = readOptions();

if (values.help) process.stdout.write(usage);
else await run();

async function run(): Promise<void> {
  const data = values.data ?? join(homedir(), ".local-cluster");
  const kubeconfigPath = values.kubeconfig ?? join(data, "kubeconfig");
  const cluster = await startCluster({
    images: defaultImages(),
    kubeconfigPath,
    log: stderrLogger(),
    ...(values["in-memory"] ? {} : { dataDir: data }),
    ...(values.port === undefined ? {} : { port: toPort(values.port, "--port") }),
    ingress:
      values["http-port"] === undefined ? {} : { httpPort: toPort(values["http-port"], "--http-port") },
  });
  process.stderr.write(
    `Kubernetes API at ${cluster.server}, ingress at http://127.0.0.1:${cluster.ingress.httpPort}\n` +
      "Pods run as processes with your own user's rights: they are not isolated from your files.\n",
  );
  process.stdout.write(`export KUBECONFIG=${kubeconfigPath}\n`);
  let isStopping = false;
  const end = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    process.stderr.write(`${signal}: stopping every pod; again to leave at once\n`);
    cluster.stop().then(() => process.exit(0));
  };
  process.on("SIGINT", end).on("SIGTERM", end);
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        kubeconfig: { type: "string" },
        data: { type: "string" },
        "in-memory": { type: "boolean", default: false },
        port: { type: "string" },
        "http-port": { type: "string" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

function toPort(text: string, option: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  process.stderr.write(`${option} takes a number from 0 to 65535, not ${JSON.stringify(text)}\n`);
  process.exit(2);
}

function stderrLogger(): Logger {
  const write = (level: string) => (fields: object, message: string) => {
    const { err, ...rest } = fields as { err?: Error };
    const shown = Object.keys(rest).length === 0 ? "" : ` ${JSON.stringify(rest)}`;
    process.stderr.write(
      `${level}: ${message}${shown}${err === undefined ? "" : `: ${err.stack ?? String(err)}`}\n`,
    );
  };
  return { info: write("info"), warn: write("warn"), error: write("error") };
}
