import { type ApiRecorder, type ApiServerAddress, startApiRecorder } from "./api-recorder.ts";
import type { RealCluster } from "./real-cluster.ts";

/**
 * Has the function controller of a cluster, as its manifest runs it and with its own service account's rights, reach the
 * API server through a recorder. Resolves when all its pods do.
 */
export async function recordController(cluster: RealCluster, host: string): Promise<ApiRecorder> {
  const { kubectl, apply, system } = cluster;
  const recorder = await startApiRecorder(host, await findApiServer(cluster));
  const inSystem = ["-n", system];
  const token = await kubectl("create", "token", "function-controller", "--duration=1h", ...inSystem);
  const named = (name: string, rest: object) => [{ name, ...rest }];
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    // The recorder speaks plain HTTP, which the client library takes for a skipped verification.
    clusters: named("recorder", { cluster: { server: recorder.url, "insecure-skip-tls-verify": true } }),
    users: named("controller", { user: { token: token.trim() } }),
    contexts: named("recorded", { context: { cluster: "recorder", user: "controller" } }),
    "current-context": "recorded",
  };
  await apply({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "recorder", namespace: system },
    stringData: { kubeconfig: JSON.stringify(kubeconfig) },
  });
  const container = {
    name: "controller",
    env: [{ name: "KUBECONFIG", value: "/recorder/kubeconfig" }],
    volumeMounts: [{ name: "recorder", mountPath: "/recorder" }],
  };
  const spec = {
    containers: [container],
    volumes: [{ name: "recorder", secret: { secretName: "recorder" } }],
  };
  const patch = JSON.stringify({ spec: { template: { spec } } });
  await kubectl("patch", "deployment", "function-controller", ...inSystem, "-p", patch);
  await kubectl("rollout", "status", "deployment/function-controller", ...inSystem, "--timeout=60s");
  return recorder;
}

async function findApiServer({ kubectl }: RealCluster): Promise<ApiServerAddress> {
  const view = JSON.parse(
    await kubectl("config", "view", "--raw", "--flatten", "--minify", "-o", "json"),
  ) as {
    clusters: [{ cluster: { server: string; "certificate-authority-data": string } }];
  };
  const { server, "certificate-authority-data": ca } = view.clusters[0].cluster;
  return { server, ca: Buffer.from(ca, "base64").toString() };
}
