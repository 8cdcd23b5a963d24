import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import { startApiServer } from "../testing.ts";

export interface Answer {
  readonly code: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects of a body
  readonly body: any;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A cluster under test, spoken to in raw requests. */
export interface TestCluster {
  /** A namespace of this suite's own. */
  readonly namespace: string;
  /** For clients of client-node. */
  readonly config: KubeConfig;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** The events of a watch, as they come; ends it with `return()`. */
  watch(path: string): AsyncGenerator<{ type: string; object: Record<string, unknown> }>;
  /** Resolves with the object once it looks as asked, with undefined when it is gone. */
  until(path: string, is: (body: Answer["body"]) => boolean): Promise<Answer["body"]>;
  /** Resolves when the object is gone. */
  gone(path: string): Promise<void>;
  stop(): Promise<void>;
}

/** The cluster that KUBELESS_TEST_KUBECONFIG names, or one started for the suite: local-cluster's API unless said otherwise. */
export async function openCluster(
  kubeconfigPath: string | undefined,
  start: () => Promise<{ readonly kubeconfig: string; stop(): Promise<void> }> = startApiServer,
): Promise<TestCluster> {
  const local = kubeconfigPath === undefined ? await start() : undefined;
  const config = new KubeConfig();
  config.loadFromString(local?.kubeconfig ?? readFileSync(kubeconfigPath ?? "", "utf8"));
  const server = config.getCurrentCluster()?.server ?? "";
  const options: Record<string, unknown> & { headers?: Record<string, string> } = {};
  await config.applyToHTTPSOptions(options as never);
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const common = { ...options, agent };
  const send: TestCluster["send"] = (method, path, body, headers = {}) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
      const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
      const outgoing = request(
        `${server}${path}`,
        {
          ...common,
          method,
          headers: {
            "content-type": type,
            "content-length": String(Buffer.byteLength(text ?? "")),
            ...(options.headers ?? {}),
            ...headers,
          },
        },
        (incoming) => {
          const parts: Buffer[] = [];
          incoming.on("data", (part: Buffer) => parts.push(part));
          incoming.on("end", () =>
            resolve({
              code: incoming.statusCode ?? 0,
              body: parse(Buffer.concat(parts).toString()),
              headers: incoming.headers,
            }),
          );
        },
      );
      outgoing.on("error", reject);
      outgoing.end(text);
    });
  async function* watch(path: string): AsyncGenerator<{ type: string; object: Record<string, unknown> }> {
    const incoming = await new Promise<NodeJS.ReadableStream & { destroy(): void }>((resolve, reject) => {
      const headers = options.headers ?? {};
      request(`${server}${path}`, { ...options, agent: false, headers }, resolve as never)
        .on("error", reject)
        .end();
    });
    let rest = "";
    try {
      for await (const chunk of incoming) {
        rest += String(chunk);
        for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
          yield JSON.parse(rest.slice(0, end));
          rest = rest.slice(end + 1);
        }
      }
    } finally {
      incoming.destroy();
    }
  }
  const until: TestCluster["until"] = async (path, is) => {
    const { code, body } = await send("GET", path);
    if (code === 404) return undefined;
    if (is(body)) return body;
    const [collection, name] = [path.slice(0, path.lastIndexOf("/")), path.slice(path.lastIndexOf("/") + 1)];
    const query = `watch=true&fieldSelector=metadata.name%3D${name}&resourceVersion=${body.metadata.resourceVersion}`;
    for await (const { type, object } of watch(`${collection}?${query}`)) {
      if (type === "DELETED") return undefined;
      if (is(object)) return object;
    }
    throw new Error(`the watch of ${path} ended`);
  };
  const gone: TestCluster["gone"] = async (path) => {
    await until(path, () => false);
  };
  const namespace = `behaviour-${randomBytes(3).toString("hex")}`;
  const made = await send("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
  if (made.code !== 201) throw new Error(`no namespace for the tests: ${JSON.stringify(made.body)}`);
  return {
    namespace,
    config,
    send,
    watch,
    until,
    gone,
    async stop() {
      await send("DELETE", `/api/v1/namespaces/${namespace}`);
      agent.destroy();
      await local?.stop();
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
