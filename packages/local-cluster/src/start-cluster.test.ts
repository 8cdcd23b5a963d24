import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CoreV1Api, KubeConfig, Watch } from "@kubernetes/client-node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { defaultImages } from "./bin-images.ts";
import { type RunningCluster, type StartClusterOptions, startCluster } from "./index.ts";

const images: StartClusterOptions["images"] = [
  {
    image: "example/greeter",
    command: [process.execPath, "-e", "console.log('hello')"],
  },
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cluster-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function clientOf(cluster: RunningCluster): { core: CoreV1Api; config: KubeConfig } {
  const config = new KubeConfig();
  config.loadFromString(cluster.kubeconfig);
  return { core: config.makeApiClient(CoreV1Api), config };
}

/** Resolves when a pod of this name has the phase. */
async function untilPhase(config: KubeConfig, name: string, phase: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const watch = await new Watch(config).watch(
    "/api/v1/namespaces/default/pods",
    { fieldSelector: `metadata.name=${name}` },
    (_type, pod) => {
      if (pod.status?.phase === phase) resolve();
    },
    reject,
  );
  await promise;
  watch.abort();
}

test("a pod runs as a process whose words are its log", async () => {
  const cluster = await startCluster({ images });
  try {
    const { core, config } = clientOf(cluster);
    const spec = {
      containers: [{ name: "main", image: "example/greeter" }],
      restartPolicy: "Never",
    };
    await core.createNamespacedPod({ namespace: "default", body: { metadata: { name: "greeter" }, spec } });
    await untilPhase(config, "greeter", "Succeeded");
    expect(await core.readNamespacedPodLog({ namespace: "default", name: "greeter" })).toBe("hello\n");
  } finally {
    await cluster.stop();
  }
});

test("objects, token and port survive a restart in the same folder; the kubeconfig is its owner's alone", async () => {
  const kubeconfigPath = join(folder, "kubeconfig");
  const options = { images, dataDir: join(folder, "data"), kubeconfigPath };
  const first = await startCluster(options);
  await clientOf(first).core.createNamespacedConfigMap({
    namespace: "default",
    body: { metadata: { name: "kept" } },
  });
  expect(statSync(kubeconfigPath).mode & 0o777).toBe(0o600);
  await first.stop();
  const second = await startCluster(options);
  try {
    expect(second.kubeconfig).toBe(first.kubeconfig);
    const kept = await clientOf(second).core.readNamespacedConfigMap({ namespace: "default", name: "kept" });
    expect(kept.metadata?.name).toBe("kept");
  } finally {
    await second.stop();
  }
});

test("after a restart pods that always run run again under their names, what ran once has failed, what was over is", async () => {
  const options = { images: defaultImages(), dataDir: join(folder, "data") };
  const first = await startCluster(options);
  const { core, config } = clientOf(first);
  const run = (name: string, command: string, restartPolicy: string) =>
    core.createNamespacedPod({
      namespace: "default",
      body: {
        metadata: { name },
        spec: {
          restartPolicy,
          terminationGracePeriodSeconds: 1,
          containers: [{ name: "main", image: "busybox", command: ["sh", "-c", command] }],
        },
      },
    });
  const { metadata } = await run("always", "sleep 1000", "Always");
  await run("once", "sleep 1000", "Never");
  await run("over", "true", "Never");
  await untilPhase(config, "always", "Running");
  await untilPhase(config, "once", "Running");
  await untilPhase(config, "over", "Succeeded");
  await first.stop();
  const second = await startCluster(options);
  try {
    const again = clientOf(second);
    await untilPhase(again.config, "always", "Running");
    await untilPhase(again.config, "once", "Failed");
    await untilPhase(again.config, "over", "Succeeded");
    const always = await again.core.readNamespacedPod({ namespace: "default", name: "always" });
    expect(always.metadata?.uid).toBe(metadata?.uid);
    const once = await again.core.readNamespacedPod({ namespace: "default", name: "once" });
    expect(once.status?.reason).toBe("NodeLost");
  } finally {
    await second.stop();
  }
});

test("a folder belongs to one living cluster", async () => {
  const options = { images, dataDir: folder };
  const cluster = await startCluster(options);
  try {
    await expect(startCluster(options)).rejects.toThrow(/is running in .*stop it, or choose another folder/);
  } finally {
    await cluster.stop();
  }
});
