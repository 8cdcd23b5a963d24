import { namespaceFlags } from "../../cluster-flags.ts";
import type { Flags } from "../../command.ts";
import { completeRuntimes, completeSecrets } from "../../completion/candidates.ts";
import type { FunctionChanges } from "../../function/change-function.ts";
import type { DryRun } from "../../objects.ts";
import { formats } from "../../output/format.ts";
import { loadText, type Source } from "../../source/source.ts";
import type { World } from "../../world.ts";

/** What `deploy` and `update` have in common: everything a Function can be told on a command line. */
export const functionFlags = {
  ...namespaceFlags,
  runtime: {
    type: "string",
    short: "r",
    placeholder: "NAME",
    description: "The runtime with its version, e.g. nodejs24 (see kubeless get-server-config)",
    complete: completeRuntimes,
  },
  handler: {
    type: "string",
    placeholder: "MODULE.FUNCTION",
    description: "The file's name without its ending, and the function it exports",
  },
  "from-file": {
    type: "string",
    short: "f",
    placeholder: "FILE|DIR|URL",
    description: "The source: a file, an archive, a folder to zip, or the address of one",
    complete: "files",
  },
  dependencies: {
    type: "string",
    short: "d",
    placeholder: "FILE|URL",
    description: "The file with the dependencies, e.g. package.json",
    complete: "files",
  },
  label: { type: "list", short: "l", placeholder: "KEY=VALUE", description: "Labels" },
  env: { type: "list", short: "e", placeholder: "NAME=VALUE", description: "Environment variables" },
  secrets: {
    type: "list",
    placeholder: "NAME",
    description: "Secrets, each mounted at /NAME",
    complete: completeSecrets,
  },
  "node-selectors": { type: "list", placeholder: "KEY=VALUE", description: "Labels of the nodes to run on" },
  "service-account": { type: "string", placeholder: "NAME", description: "The pods' service account" },
  memory: {
    type: "string",
    placeholder: "QUANTITY",
    description: "Memory, both request and limit, e.g. 128Mi",
  },
  cpu: { type: "string", placeholder: "QUANTITY", description: "CPU, both request and limit, e.g. 100m" },
  "runtime-image": { type: "string", placeholder: "IMAGE", description: "An image of your own to run" },
  "image-pull-policy": {
    type: "string",
    choices: ["Always", "IfNotPresent", "Never"],
    description: "When the image is pulled",
  },
  timeout: { type: "string", placeholder: "SECONDS", description: "How long a call may take" },
  port: { type: "integer", min: 1, max: 65_535, description: "The port the function listens on" },
  servicePort: {
    type: "integer",
    min: 0,
    max: 65_535,
    description: "The port its Service offers; 0 is the same as --port",
  },
  headless: { type: "boolean", description: "Make the Service headless (clusterIP None)" },
} as const satisfies Flags;

/** How a write can be tried out, printed and waited for. */
export const writeFlags = {
  "dry-run": {
    type: "string",
    choices: ["none", "client", "server"],
    description: "Print the object and write nothing; server: let the API server check it first",
  },
  dryrun: { type: "boolean", description: "The same as --dry-run=client" },
  output: {
    type: "string",
    short: "o",
    choices: formats,
    description: "How the object is printed; yaml with --dry-run",
  },
} as const satisfies Flags;

export const waitFlags = {
  wait: {
    type: "boolean",
    description: "Show the phases and end when it serves, or with the reason why not (default at a terminal)",
  },
  "wait-timeout": {
    type: "integer",
    min: 1,
    default: 300,
    placeholder: "SECONDS",
    description: "How long to wait",
  },
} as const satisfies Flags;

export function dryRunOf(flags: {
  readonly "dry-run"?: DryRun | undefined;
  readonly dryrun?: boolean | undefined;
}): DryRun {
  return flags["dry-run"] ?? (flags.dryrun ? "client" : "none");
}

interface FunctionFlagValues {
  readonly runtime?: string | undefined;
  readonly handler?: string | undefined;
  readonly dependencies?: string | undefined;
  readonly label?: readonly string[] | undefined;
  readonly env?: readonly string[] | undefined;
  readonly secrets?: readonly string[] | undefined;
  readonly "node-selectors"?: readonly string[] | undefined;
  readonly "service-account"?: string | undefined;
  readonly memory?: string | undefined;
  readonly cpu?: string | undefined;
  readonly "runtime-image"?: string | undefined;
  readonly "image-pull-policy"?: string | undefined;
  readonly timeout?: string | undefined;
  readonly port?: number | undefined;
  readonly servicePort?: number | undefined;
  readonly headless?: boolean | undefined;
}

/** The changes that flags ask for; the dependency file is read on the way. */
export async function toChanges(
  flags: FunctionFlagValues,
  source: Source | undefined,
  world: World,
): Promise<FunctionChanges> {
  return {
    runtime: flags.runtime,
    handler: flags.handler,
    source,
    dependencies: flags.dependencies === undefined ? undefined : await loadText(flags.dependencies, world),
    labels: flags.label,
    environment: flags.env,
    secrets: flags.secrets,
    nodeSelectors: flags["node-selectors"],
    serviceAccount: flags["service-account"],
    memory: flags.memory,
    cpu: flags.cpu,
    image: flags["runtime-image"],
    imagePullPolicy: flags["image-pull-policy"],
    timeoutSeconds: flags.timeout,
    port: flags.port,
    servicePort: flags.servicePort,
    headless: flags.headless,
  };
}
