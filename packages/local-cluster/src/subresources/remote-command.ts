import { type WebSocket, WebSocketServer } from "ws";
import type { KubeObject } from "../api/cluster-api.ts";
import { badRequest, StatusError } from "../errors.ts";
import type { ExecSession } from "../node/node-agent.ts";
import type { Service } from "../request/context.ts";
import { keyOf } from "../store/store.ts";
import { requireNode } from "./handler.ts";
import type { Upgrade } from "./upgrade.ts";

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
const protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

/** `exec` and `attach` over a WebSocket: the first byte of each message is its channel. */
export async function serveRemoteCommand(service: Service, upgrade: Upgrade): Promise<void> {
  const { request, socket, head, info } = upgrade;
  assertContainer(service, upgrade);
  if (request.headers.upgrade?.toLowerCase() !== "websocket") {
    throw badRequest("exec and attach are served over WebSocket only: kubectl 1.30 and newer speak it");
  }
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((one) => one.trim());
  const protocol = protocols.find((one) => offered.includes(one));
  if (protocol === undefined)
    throw badRequest(
      `none of the sub-protocols ${offered.join(", ")} is served, only ${protocols.join(", ")}`,
    );
  const session = start(service, upgrade);
  const server = new WebSocketServer({ noServer: true, handleProtocols: () => protocol });
  server.handleUpgrade(request, socket, head, (websocket) => connect(websocket, session, info.query));
}

function start(service: Service, { info }: Upgrade): ExecSession {
  const { namespace = "", name = "", query, subresource } = info;
  const node = requireNode(service);
  const container = query.get("container");
  const flags = { stdin: isOn(query, "stdin"), tty: isOn(query, "tty") };
  if (!["stdin", "stdout", "stderr"].some((stream) => isOn(query, stream)))
    throw badRequest("you must specify at least 1 of stdin, stdout, stderr");
  const options = { ...flags, ...(container ? { container } : {}) };
  if (subresource === "attach") return node.attach(namespace, name, options);
  const command = query.getAll("command");
  if (command.length === 0) throw badRequest("you must specify at least one command for the container");
  return node.exec(namespace, name, { ...options, command });
}

/** Before any question of protocol: a client whose WebSocket is refused asks again over SPDY, and shows that answer. */
function assertContainer({ cluster }: Service, { info }: Upgrade): void {
  const pod = cluster.store.get("pods", keyOf(info.namespace, info.name ?? "")) as PodContainers | undefined;
  const container = info.query.get("container");
  if (pod === undefined || container === null) return;
  const { initContainers = [], containers } = pod.spec;
  if ([...initContainers, ...containers].some(({ name }) => name === container)) return;
  throw badRequest(`container ${container} is not valid for pod ${info.name}`);
}

type PodContainers = KubeObject & {
  readonly spec: {
    readonly containers: readonly { readonly name: string }[];
    readonly initContainers?: readonly { readonly name: string }[];
  };
};

function isOn(query: URLSearchParams, name: string): boolean {
  return query.get(name) === "true" || query.get(name) === "1";
}

/** What waits unsent before the process' output is held back. */
const highWaterBytes = 1024 * 1024;

function connect(websocket: WebSocket, session: ExecSession, query: URLSearchParams): void {
  const forward = (name: "stdout" | "stderr") =>
    new Promise<void>((resolve) => {
      const [stream, channel] = [session[name], channels[name]];
      if (!isOn(query, name)) return resolve(void stream.resume());
      stream.on("data", (chunk: Buffer | string) => {
        websocket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(chunk as Buffer)]), () =>
          stream.resume(),
        );
        if (websocket.bufferedAmount > highWaterBytes) stream.pause();
      });
      stream.on("end", resolve).on("close", resolve).on("error", resolve);
    });
  const drained = Promise.all([forward("stdout"), forward("stderr")]);
  websocket.on("message", (message: Buffer) => {
    const channel = message[0];
    if (channel === channels.stdin) session.stdin?.write(message.subarray(1));
    else if (channel === channels.close && message[1] === channels.stdin) session.stdin?.end();
  });
  session.stdin?.on("error", () => undefined);
  websocket.on("close", () => session.kill());
  websocket.on("error", () => session.kill());
  session.exit.then(
    async (code) => {
      await drained;
      finish(websocket, exitStatus(code));
    },
    (error: unknown) => finish(websocket, failure(error)),
  );
}

function finish(websocket: WebSocket, status: object): void {
  websocket.send(Buffer.concat([Buffer.from([channels.error]), Buffer.from(JSON.stringify(status))]));
  websocket.close(1000);
}

function exitStatus(code: number): object {
  if (code === 0) return { metadata: {}, status: "Success" };
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  };
}

function failure(error: unknown): object {
  if (error instanceof StatusError) return error.toStatus();
  return new StatusError("InternalError", (error as Error).message).toStatus();
}
