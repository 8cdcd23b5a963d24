import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import type { ClusterApi, KubeObject } from "../api/cluster-api.ts";
import { type RunningApiServer, runApiServer } from "../api-server.ts";
import { systemClock } from "../clock.ts";
import { type NodeOptions, startNode } from "./index.ts";
import type { ImageEntry, NodeAgent } from "./node-agent.ts";
import type { Container, Pod, PodSpec } from "./pod.ts";

/** What the tests' pods may run: a shell with a few programs, and Node. */
export const testImages: readonly ImageEntry[] = [
  {
    image: "busybox",
    command: ["/bin/sh"],
    programs: {
      sh: ["/bin/sh"],
      echo: ["/bin/echo"],
      sleep: ["/bin/sleep"],
      cat: ["/bin/cat"],
      node: [process.execPath],
    },
  },
  { image: "node", command: [process.execPath], programs: { node: [process.execPath] } },
];

export interface TestNode {
  readonly api: ClusterApi;
  readonly agent: NodeAgent;
  readonly dataDir: string;
  /** Creates a pod bound to the node. */
  run(name: string, spec: Partial<PodSpec> & { containers: Container[] }, metadata?: object): Pod;
  /** Resolves with the pod once it looks as asked; never polls. */
  until(name: string, is: (pod: Pod) => boolean): Promise<Pod>;
  gone(name: string): Promise<void>;
  events(name: string): readonly { type: string; reason: string; message: string; fieldPath?: string }[];
  /** Resolves with the first thing a pod's container writes. */
  firstOutput(name: string): Promise<string>;
  log(name: string, container?: string): Promise<string>;
}

/** An API server of its own, in memory, ended with the test. */
export async function startTestApi(): Promise<RunningApiServer> {
  const log = { info: () => {}, warn: () => {}, error: (fields: object) => failures.push(fields) };
  const failures: object[] = [];
  const server = await runApiServer({ clock: systemClock(), log, name: "test", port: 0, historyLimit: 100 });
  onTestFinished(async () => {
    await server.stop();
    expect(failures).toEqual([]);
  });
  return server;
}

/** A node over an empty cluster, ended with the test. */
export async function startTestNode(options: Partial<NodeOptions> = {}): Promise<TestNode> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "node-agent-"));
  const server = await startTestApi();
  const api = server.api("kubelet");
  const agent = startNode(api, {
    images: testImages,
    dataDir,
    clock: systemClock(),
    apiServer: { host: "127.0.0.1", port: server.port },
    issueToken: (request) => server.issueToken(request).token,
    onFault: (error) => {
      throw error;
    },
    ...options,
  });
  onTestFinished(async () => {
    await agent.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return { api, agent, dataDir, ...createSteps(api, agent) };
}

export function configMap(name: string, data: Record<string, string>): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" }, data };
}

export function secret(name: string, data: Record<string, string>): object {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: "default" },
    data: Object.fromEntries(encoded),
  };
}

export function condition(pod: Pod, type: string): string | undefined {
  return pod.status?.conditions?.find((it) => it.type === type)?.status;
}

/** Resolves when all that the last write has set off in this process has been told. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

export const isReady = (pod: Pod) => condition(pod, "Ready") === "True";

export async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks).toString("utf8");
}

interface EventObject extends KubeObject {
  readonly involvedObject: { readonly name: string; readonly fieldPath?: string };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

function createSteps(api: ClusterApi, agent: NodeAgent): Omit<TestNode, "api" | "agent" | "dataDir"> {
  return {
    run: (name, spec, metadata) =>
      api.create<Pod>("pods", {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: "default", ...metadata },
        spec: { nodeName: "local", restartPolicy: "Always", terminationGracePeriodSeconds: 1, ...spec },
      }),
    until: (name, is) =>
      new Promise((resolve) => {
        const end = api.watch<Pod>("pods", ({ object, type }) => {
          if (type === "DELETED" || object.metadata.name !== name || !is(object)) return;
          queueMicrotask(() => end());
          resolve(object);
        });
      }),
    gone: (name) =>
      new Promise((resolve) => {
        const end = api.watch<Pod>("pods", ({ object, type }) => {
          if (type !== "DELETED" || object.metadata.name !== name) return;
          queueMicrotask(() => end());
          resolve();
        });
      }),
    events: (name) =>
      api
        .list<EventObject>("events")
        .filter(({ involvedObject }) => involvedObject.name === name)
        .map(({ type, reason, message, involvedObject }) => ({
          type,
          reason,
          message,
          ...(involvedObject.fieldPath ? { fieldPath: involvedObject.fieldPath } : {}),
        })),
    firstOutput: (name) =>
      new Promise((resolve) => {
        const logs = agent.logs("default", name, { follow: true });
        logs.once("data", (chunk) => {
          resolve(String(chunk));
          logs.destroy();
        });
      }),
    log: (name, container) => readAll(agent.logs("default", name, container ? { container } : {})),
  };
}
