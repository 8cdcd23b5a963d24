import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CustomObjectsApi, KubeConfig, Watch } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalPlatform, startLocalPlatform } from "./start-local-platform.ts";

interface Trigger {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message: string;
    }[];
    readonly lastRun?: object;
  };
}

/** The smallest schedule there is: the first run is due a second after the trigger's CronJob is made. */
const schedule = "@every 1s";

describe("a CronJobTrigger on the local platform", { timeout: 120_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), "local-platform-"));
  const config = new KubeConfig();
  let platform: LocalPlatform;
  beforeAll(async () => {
    platform = await startLocalPlatform({ directory });
    config.loadFromFile(platform.kubeconfigPath);
  }, 60_000);
  afterAll(async () => {
    await platform.stop();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  test("calls its function with the payload when it is time, up to 256 KB of it", async () => {
    const seen = join(directory, "seen.json");
    await deploy(
      config,
      "keeps",
      `exports.handler = (event) => {
        const kept = { type: event["event-type"], namespace: event["event-namespace"], data: event.data };
        require("node:fs").writeFileSync(${JSON.stringify(seen)}, JSON.stringify(kept));
        return "kept";
      };`,
    );
    const text = "ü".repeat(131_000);
    await trigger(config, "big", { "function-name": "keeps", schedule, payload: { text } });
    const ended = await untilTrigger(config, "big", (it) => statusOf(it, "LastRunSucceeded") !== "Unknown");
    expect(conditionOf(ended, "LastRunSucceeded")).toMatchObject({
      status: "True",
      reason: "LastRunSucceeded",
    });
    expect(conditionOf(ended, "Ready")).toMatchObject({ status: "True" });
    expect(JSON.parse(readFileSync(seen, "utf8"))).toMatchObject({
      type: "application/json",
      data: { text },
    });
  });

  test("waits, suspended, for a function that is not there, and runs when it is deployed", async () => {
    await trigger(config, "early", { "function-name": "late", schedule });
    const waiting = await untilTrigger(config, "early", (it) => statusOf(it, "Scheduled") === "False");
    expect(conditionOf(waiting, "FunctionFound")).toMatchObject({
      status: "False",
      reason: "FunctionNotFound",
    });
    const cronJob = await custom(config).getNamespacedCustomObject({
      group: "batch",
      version: "v1",
      namespace: "default",
      plural: "cronjobs",
      name: "trigger-early",
    });
    expect(cronJob).toMatchObject({ spec: { suspend: true } });
    await deploy(config, "late", `exports.handler = () => "at last";`);
    const ran = await untilTrigger(config, "early", (it) => it.status?.lastRun !== undefined);
    expect(conditionOf(ran, "Scheduled")).toMatchObject({ status: "True" });
  });

  test("says what a failing function answered", async () => {
    await deploy(config, "fails", `exports.handler = () => { throw new Error("the disk is full"); };`);
    await trigger(config, "unlucky", { "function-name": "fails", schedule });
    const failed = await untilTrigger(
      config,
      "unlucky",
      (it) => statusOf(it, "LastRunSucceeded") === "False",
    );
    expect(conditionOf(failed, "LastRunSucceeded")).toMatchObject({
      reason: "LastRunFailed",
      message: expect.stringMatching(/answered 500: .*the disk is full/),
    });
    expect(conditionOf(failed, "Ready")).toMatchObject({ status: "False", reason: "LastRunFailed" });
  });
});

function conditionOf(trigger: Trigger, type: string): object | undefined {
  return trigger.status?.conditions?.find((it) => it.type === type);
}

function statusOf(trigger: Trigger, type: string): string {
  return trigger.status?.conditions?.find((it) => it.type === type)?.status ?? "Unknown";
}

function custom(config: KubeConfig): CustomObjectsApi {
  return config.makeApiClient(CustomObjectsApi);
}

const kubeless = { group: "kubeless.io", version: "v1beta1" } as const;

/** Resolves when the function's pods answer. */
async function deploy(config: KubeConfig, name: string, code: string): Promise<void> {
  const spec = { runtime: "nodejs22", handler: "index.handler", function: code };
  await create(config, "functions", "Function", name, spec);
  await until<Trigger>(config, "functions", name, (it) => statusOf(it, "Ready") === "True");
}

function trigger(config: KubeConfig, name: string, spec: object): Promise<void> {
  return create(config, "cronjobtriggers", "CronJobTrigger", name, spec);
}

async function create(config: KubeConfig, plural: string, kind: string, name: string, spec: object) {
  const body = { apiVersion: "kubeless.io/v1beta1", kind, metadata: { name }, spec };
  await custom(config).createNamespacedCustomObject({ ...kubeless, namespace: "default", plural, body });
}

function untilTrigger(config: KubeConfig, name: string, is: (trigger: Trigger) => boolean): Promise<Trigger> {
  return until(config, "cronjobtriggers", name, is);
}

/** Resolves with the object once it looks as asked. */
function until<T extends Trigger>(
  config: KubeConfig,
  plural: string,
  name: string,
  is: (object: T) => boolean,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const path = `/apis/kubeless.io/v1beta1/namespaces/default/${plural}`;
    const query = { fieldSelector: `metadata.name=${name}` };
    let end: AbortController | undefined;
    const watch = new Watch(config);
    watch
      .watch(
        path,
        query,
        (_type: string, object: T) => {
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
