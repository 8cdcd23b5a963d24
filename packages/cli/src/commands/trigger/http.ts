import { GATEWAY_API } from "@kubeless/api-types";
import type { Flags } from "../../command.ts";
import { completeFunctions, completeHttpTriggers, completeSecrets } from "../../completion/candidates.ts";
import { UsageError } from "../../parse.ts";
import { warnWithoutFunction } from "../../trigger/function-exists.ts";
import { defineTriggerCommands, type Place, present } from "../../trigger/trigger-commands.ts";

const gateways = ["nginx", "traefik", "kong", GATEWAY_API] as const;

const flags = {
  "function-name": {
    type: "string",
    placeholder: "NAME",
    description: "The function that answers",
    complete: completeFunctions,
  },
  path: { type: "string", placeholder: "PATH", description: "The path below which it answers" },
  hostname: { type: "string", placeholder: "HOST", description: "The host it answers on" },
  enableTLSAcme: { type: "boolean", description: "Let an ACME issuer of the cluster make the certificate" },
  "tls-secret": {
    type: "string",
    placeholder: "NAME",
    description: "The Secret with the certificate (tls.crt, tls.key)",
    complete: completeSecrets,
  },
  gateway: {
    type: "string",
    choices: gateways,
    description: "What publishes it; on create nginx unless it or a class is said",
  },
  "basic-auth-secret": {
    type: "string",
    placeholder: "NAME",
    description: "The Secret with the users (key auth, an htpasswd file)",
    complete: completeSecrets,
  },
  "cors-enable": { type: "boolean", description: "Let pages of other origins call it" },
  methods: { type: "list", placeholder: "METHOD", description: "The methods it answers to" },
  "class-name": {
    type: "string",
    placeholder: "NAME",
    description: "The IngressClass, instead of the gateway's",
  },
  "parent-ref": {
    type: "string",
    placeholder: "[NAMESPACE/]NAME[/LISTENER]",
    description: "The Gateway, with --gateway gateway-api",
  },
  suspend: { type: "boolean", description: "Withdraw the route; --suspend=false publishes it again" },
} as const satisfies Flags;

export const httpCommands = defineTriggerCommands({
  kind: "http",
  flags,
  required: ["function-name"],
  examples: {
    create: [
      {
        what: "At a host of its own",
        line: "kubeless trigger http create hello --function-name hello --hostname hello.example.com",
      },
    ],
    update: [
      { what: "Ask for a password", line: "kubeless trigger http update hello --basic-auth-secret users" },
    ],
  },
  names: completeHttpTriggers,
  change: async (before, given, place) => {
    if (given["function-name"] !== undefined) await warnWithoutFunction(given["function-name"], place);
    const spec = {
      ...before,
      ...present({
        "function-name": given["function-name"],
        "host-name": given.hostname,
        path: given.path,
        tls: given.enableTLSAcme,
        "tls-secret": given["tls-secret"],
        gateway: given.gateway,
        "basic-auth-secret": given["basic-auth-secret"],
        "cors-enable": given["cors-enable"],
        methods: given.methods?.map((method) => method.toUpperCase()),
        className: given["class-name"],
        parentRef: given["parent-ref"] ? toParentRef(given["parent-ref"]) : undefined,
        suspend: given.suspend,
      }),
    };
    if (spec.tls && spec["tls-secret"])
      throw new UsageError(
        "--enableTLSAcme and --tls-secret exclude each other: take one back with --enableTLSAcme=false or --tls-secret ''.",
      );
    return withoutContradictions(spec, given);
  },
  complete: async (spec, place) => {
    // How a class of another name is spoken to is known only to who named it.
    const gateway = spec.gateway ?? (spec.className ? undefined : "nginx");
    const host = spec["host-name"] || defaultHost(String(spec["function-name"]), gateway, place);
    return { ...spec, ...present({ gateway, "host-name": host }) };
  },
  columns: [
    { header: "FUNCTION NAME", cell: ({ spec }) => String(spec["function-name"] ?? "") },
    { header: "URL", cell: ({ spec, status }) => String(status?.url ?? spec["host-name"] ?? "") },
  ],
  details: [
    { header: "GATEWAY", cell: ({ spec }) => String(spec.gateway ?? "") },
    { header: "ADDRESSES", cell: ({ status }) => [status?.addresses ?? []].flat().join(", ") },
  ],
});

interface Choice {
  readonly gateway?: string | undefined;
  readonly "parent-ref"?: string | undefined;
  readonly "class-name"?: string | undefined;
}

/** Without what an empty value takes back, and without what only the gateway before understood. */
function withoutContradictions<Spec extends Record<string, unknown>>(spec: Spec, given: Choice): Spec {
  const moved = given.gateway !== undefined;
  const toRoute = moved && given.gateway === GATEWAY_API;
  const toIngress = moved && given.gateway !== GATEWAY_API;
  const dropped: Readonly<Record<string, boolean>> = {
    className: spec.className === "" || (toRoute && given["class-name"] === undefined),
    parentRef: given["parent-ref"] === "" || (toIngress && given["parent-ref"] === undefined),
    methods: Array.isArray(spec.methods) && spec.methods.length === 0,
  };
  return Object.fromEntries(Object.entries(spec).filter(([field]) => !dropped[field])) as Spec;
}

/** A name that resolves without anybody's doing: `*.localhost` here, nip.io for a cluster known by its address. */
function defaultHost(functionName: string, gateway: unknown, { cluster }: Place): string | undefined {
  if (gateway === GATEWAY_API) return undefined;
  if (cluster.isLocalPlatform) return `${functionName}.localhost`;
  const { hostname = "" } = URL.parse(cluster.server ?? "") ?? {};
  if (gateway === "nginx" && /^\d+(\.\d+){3}$/.test(hostname)) return `${functionName}.${hostname}.nip.io`;
  throw new UsageError("--hostname is required: no host name can be made up for this cluster and gateway.");
}

function toParentRef(text: string): Record<string, unknown> {
  const parts = text.split("/");
  if (parts.length > 3 || parts.includes(""))
    throw new UsageError(`--parent-ref is [NAMESPACE/]NAME[/LISTENER], not ${JSON.stringify(text)}.`);
  const [first, second, third] = parts;
  return second === undefined
    ? { name: first }
    : present({ namespace: first, name: second, sectionName: third });
}
