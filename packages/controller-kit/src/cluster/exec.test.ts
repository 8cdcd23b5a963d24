import { defaultImages, type RunningCluster, startCluster } from "@kubeless/local-cluster";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createClusterClient } from "./client.ts";
import { ExecError, type ExecOptions, execInPod } from "./exec.ts";
import { resources } from "./resources.ts";

const kubeConfig = new KubeConfig();
let cluster: RunningCluster;

beforeAll(async () => {
  cluster = await startCluster({ images: defaultImages() });
  kubeConfig.loadFromString(cluster.kubeconfig);
  const client = createClusterClient({ kubeConfig });
  const metadata = { namespace: "default", name: "still" };
  const spec = {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: "main", image: "node", command: ["sleep", "1000"] }],
  };
  const { metadata: created } = await client.create(resources.pods, { metadata, spec } as never);
  const { resourceVersion = "" } = created;
  for await (const event of client.watch(resources.pods, {
    resourceVersion,
    fieldSelector: "metadata.name=still",
  })) {
    const { status } = event.object as { status?: { phase?: string } };
    if (status?.phase === "Running") break;
  }
  await client.close();
}, 30_000);
afterAll(() => cluster.stop());

/** What a script writes to standard output, as it comes. */
function start(script: string, more: Partial<ExecOptions> = {}): AsyncGenerator<string, void> {
  return execInPod(kubeConfig, {
    namespace: "default",
    pod: "still",
    container: "main",
    command: ["node", "-e", script],
    input: "",
    signal: AbortSignal.timeout(20_000),
    ...more,
  });
}

/** All that a script writes to standard output. */
async function run(script: string, more: Partial<ExecOptions> = {}): Promise<string> {
  return (await Array.fromAsync(start(script, more))).join("");
}

test("a command gets its input, which stays open, and its output comes back in one piece", async () => {
  const script =
    'process.stdin.once("data", (text) => { process.stdout.write(String(text).repeat(99)); process.exit(); })';
  expect(await run(script, { input: "grüße 😀\n" })).toBe("grüße 😀\n".repeat(99));
});

test("a command that does not exit with 0 is an error with what it said", async () => {
  const running = run('console.error("no such customer"); process.exitCode = 3');
  await expect(running).rejects.toThrow(ExecError);
  await expect(running).rejects.toThrow(/^default\/still: .*exit code.* 3\. no such customer$/);
});

test("a pod that is not there is an error that names it", async () => {
  await expect(run("", { pod: "nobody" })).rejects.toThrow(/^default\/nobody: /);
  await expect(run("", { pod: "nobody" })).rejects.toThrow(ExecError);
});

test("whoever gives up, before or while it runs, waits for nothing", async () => {
  const forever = "console.log(1); setInterval(() => undefined, 60_000)";
  await expect(run(forever, { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
  const giving = new AbortController();
  const output = start(forever, { signal: giving.signal });
  expect(await output.next()).toMatchObject({ value: "1\n" });
  giving.abort();
  await expect(output.next()).rejects.toThrow("broke off");
});
