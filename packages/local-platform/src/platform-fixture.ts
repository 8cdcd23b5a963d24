import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CustomObjectsApi, KubeConfig, Watch } from "@kubernetes/client-node";
import { afterAll, beforeAll } from "vitest";
import {
  type LocalPlatform,
  type StartLocalPlatformOptions,
  startLocalPlatform,
} from "./start-local-platform.ts";

/** What is read of a Function or a trigger. */
export interface Watched {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly lastRun?: object;
    readonly url?: string;
  };
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export interface TestPlatform {
  readonly directory: string;
  /** Resolves when the function's pods answer. */
  deploy(name: string, code: string): Promise<void>;
  create(plural: string, kind: string, name: string, spec: object): Promise<void>;
  delete(plural: string, name: string): Promise<void>;
  label(plural: string, name: string, labels: Record<string, string>): Promise<void>;
  cronJob(name: string): Promise<object>;
  /** Resolves with the object once it looks as asked. */
  until(plural: string, name: string, is: (object: Watched) => boolean): Promise<Watched>;
}

const kubeless = { group: "kubeless.io", version: "v1beta1", namespace: "default" } as const;

/** A local platform for the tests of one file. */
export function useTestPlatform(environment: StartLocalPlatformOptions["environment"] = {}): TestPlatform {
  const directory = mkdtempSync(join(tmpdir(), "local-platform-"));
  const config = new KubeConfig();
  let platform: LocalPlatform;
  beforeAll(async () => {
    platform = await startLocalPlatform({ directory, environment });
    config.loadFromFile(platform.kubeconfigPath);
  }, 60_000);
  afterAll(async () => {
    await platform.stop();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);
  return { directory, ...clientOf(config) };
}

function clientOf(config: KubeConfig): Omit<TestPlatform, "directory"> {
  const custom = () => config.makeApiClient(CustomObjectsApi);
  const create: TestPlatform["create"] = async (plural, kind, name, spec) => {
    const body = { apiVersion: "kubeless.io/v1beta1", kind, metadata: { name }, spec };
    await custom().createNamespacedCustomObject({ ...kubeless, plural, body });
  };
  const until: TestPlatform["until"] = (...args) => untilObject(config, ...args);
  return {
    cronJob: (name) =>
      custom().getNamespacedCustomObject({
        group: "batch",
        version: "v1",
        namespace: kubeless.namespace,
        plural: "cronjobs",
        name,
      }),
    create,
    until,
    deploy: async (name, code) => {
      await create("functions", "Function", name, {
        runtime: "nodejs22",
        handler: "index.handler",
        function: code,
      });
      await until("functions", name, (it) => statusOf(it, "Ready") === "True");
    },
    label: async (plural, name, labels) => {
      const body = [{ op: "add", path: "/metadata/labels", value: labels }];
      await custom().patchNamespacedCustomObject({ ...kubeless, plural, name, body });
    },
    delete: async (plural, name) => {
      await custom().deleteNamespacedCustomObject({ ...kubeless, plural, name });
    },
  };
}

export function conditionOf(object: Watched, type: string): Condition | undefined {
  return object.status?.conditions?.find((it) => it.type === type);
}

export function statusOf(object: Watched, type: string): string {
  return conditionOf(object, type)?.status ?? "Unknown";
}

function untilObject(
  config: KubeConfig,
  plural: string,
  name: string,
  is: (object: Watched) => boolean,
): Promise<Watched> {
  return new Promise((resolve, reject) => {
    const path = `/apis/${kubeless.group}/${kubeless.version}/namespaces/${kubeless.namespace}/${plural}`;
    const query = { fieldSelector: `metadata.name=${name}` };
    let end: AbortController | undefined;
    new Watch(config)
      .watch(
        path,
        query,
        (_type: string, object: Watched) => {
          if (!is(object)) return;
          resolve(object);
          end?.abort();
        },
        reject,
      )
      .then((controller) => {
        end = controller;
      }, reject);
  });
}
