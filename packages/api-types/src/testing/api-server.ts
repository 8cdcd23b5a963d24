import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { KubeConfig } from "@kubernetes/client-node";

/** An answer of the API server, as it was sent. */
export interface Answer {
  readonly status: number;
  /** Undefined where there was none, as in a redirection. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API server answered; tests look into it.
  readonly body: any;
  /** The texts of `Warning` headers, which kubectl prints. */
  readonly warnings: readonly string[];
}

export interface ApiServer {
  get(path: string): Promise<Answer>;
  post(path: string, body: object): Promise<Answer>;
  put(path: string, body: object): Promise<Answer>;
  delete(path: string): Promise<Answer>;
  /** Server-side apply, as field manager `kubeless`. */
  apply(path: string, body: object): Promise<Answer>;
}

/** Talks to the API server of a kubeconfig's current context, and hides nothing of its answers. */
export function connect(kubeconfig: string): ApiServer {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const send = (method: string, path: string, body?: object, type = "application/json") =>
    exchange(config, method, path, body, type);
  return {
    get: (path) => send("GET", path),
    post: (path, body) => send("POST", path, body),
    put: (path, body) => send("PUT", path, body),
    delete: (path) => send("DELETE", path),
    apply: (path, body) =>
      send("PATCH", `${path}?fieldManager=kubeless&force=true`, body, "application/apply-patch+yaml"),
  };
}

async function exchange(
  config: KubeConfig,
  method: string,
  path: string,
  body: object | undefined,
  type: string,
): Promise<Answer> {
  const options = { method, headers: { "content-type": type } };
  await config.applyToHTTPSOptions(options);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const call = request(`${config.getCurrentCluster()?.server}${path}`, options, resolve);
    call.on("error", reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
  const said = await text(response);
  return {
    status: response.statusCode ?? 0,
    body: said === "" ? undefined : JSON.parse(said),
    warnings: [response.headers.warning ?? []].flat(),
  };
}
