import { type ChildProcess, execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Answer, openCluster, type TestCluster } from "./behaviour/cluster.ts";
import { spawnBin } from "./behaviour/torture/spawn-bin.ts";

interface Bin {
  readonly child: ChildProcess;
  readonly said: { stdout: string; stderr: string };
}

/** Resolves when the program says how its cluster is reached. */
async function startBin(...args: string[]): Promise<Bin> {
  const child = spawnBin(args);
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].on("data", (part: Buffer) => {
      said[name] += part.toString();
    });
  onTestFinished(() => void child.kill("SIGKILL"));
  await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
  return { child, said };
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "bin-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Seconds that no other process of this machine sleeps for. */
const unlikely = () => String(randomInt(1e8, 1e9));

/** Processes that sleep for so long, children of shells and all. */
function sleepers(seconds: string): number {
  const all = execFileSync("ps", ["-A", "-o", "args="], { encoding: "utf8" });
  return all.split("\n").filter((line) => line.includes("sleep") && line.includes(seconds)).length;
}

const container = (script: string) => ({
  name: "main",
  image: "busybox",
  command: ["sh", "-c", script],
});

async function runPod(
  cluster: TestCluster,
  name: string,
  spec: object,
  is: (body: Answer["body"]) => boolean,
) {
  const pods = `/api/v1/namespaces/${cluster.namespace}/pods`;
  const made = await cluster.send("POST", pods, { metadata: { name }, spec });
  expect(made.code).toBe(201);
  await cluster.until(`${pods}/${name}`, is);
}

const isRunning = ({ status }: Answer["body"]) => status?.phase === "Running";

test("SIGTERM ends every pod, what ignores it and what backs off too, and the program: nothing is left", {
  timeout: 90_000,
}, async () => {
  const kubeconfig = join(newFolder(), "kubeconfig");
  const { child, said } = await startBin("--in-memory", "--kubeconfig", kubeconfig);
  expect(said.stdout).toBe(`export KUBECONFIG=${kubeconfig}\n`);
  expect(said.stderr).toContain("Pods run as processes with your own user's rights");
  expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
  const cluster = await openCluster(kubeconfig);
  const seconds = unlikely();
  const stubborn = container(`trap '' TERM; sleep ${seconds} & while true; do sleep ${seconds}; done`);
  await runPod(cluster, "stubborn", { terminationGracePeriodSeconds: 1, containers: [stubborn] }, isRunning);
  const failing = {
    initContainers: [{ ...container("exit 1"), name: "first" }],
    containers: [container("true")],
  };
  await runPod(
    cluster,
    "failing",
    failing,
    ({ status }) => status?.initContainerStatuses?.[0]?.state?.waiting?.reason === "CrashLoopBackOff",
  );
  expect(sleepers(seconds)).toBeGreaterThan(1);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(sleepers(seconds)).toBe(0);
});

test("after SIGKILL the next start in the same folder ends what was left, and has the objects", {
  timeout: 90_000,
}, async () => {
  const folder = newFolder();
  const first = await startBin("--data", folder);
  const cluster = await openCluster(join(folder, "kubeconfig"));
  const seconds = unlikely();
  await runPod(
    cluster,
    "left",
    { restartPolicy: "Never", containers: [container(`sleep ${seconds} & sleep ${seconds}`)] },
    isRunning,
  );
  first.child.kill("SIGKILL");
  await once(first.child, "exit");
  expect(sleepers(seconds)).toBeGreaterThan(0);
  const second = await startBin("--data", folder);
  await expect.poll(() => sleepers(seconds)).toBe(0);
  const { body } = await cluster.send("GET", `/api/v1/namespaces/${cluster.namespace}`);
  expect(body.metadata.name).toBe(cluster.namespace);
  second.child.kill("SIGTERM");
  expect(await once(second.child, "exit")).toEqual([0, null]);
});

test.each([
  [["--port", "many"], '--port takes a number from 0 to 65535, not "many"'],
  [["--port", "70000"], "--port takes a number from 0 to 65535"],
  [["--nothing"], "Unknown option '--nothing'"],
])("%j is refused with a sentence", async (args, sentence) => {
  const { child, said } = await startBin("--in-memory", ...args);
  if (child.exitCode === null) await once(child, "exit");
  expect(child.exitCode).toBe(2);
  expect(said.stderr).toMatch(new RegExp(`^${sentence}`));
});
