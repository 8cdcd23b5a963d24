import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { installPreload } from "../router/preload-file.ts";
import { isReady, startTestNode } from "./node-fixture.ts";
import { processesWith, readProcess } from "./process-list.ts";
import { markVariable, ProcessTable } from "./processes.ts";

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "processes-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const launch = (script: string) => ({
  argv: ["/bin/sh", "-c", script],
  env: { PATH: "/usr/bin:/bin" },
  cwd: "/",
  stdin: false,
});

test("what a killed run has left behind is ended by the next one, children and grandchildren", async () => {
  const folder = newFolder();
  const table = new URL("./processes.ts", import.meta.url).href;
  const source = `
    import { ProcessTable } from ${JSON.stringify(table)};
    const launch = { argv: ["/bin/sh", "-c", "sleep 1000 & echo $!; wait"], env: { PATH: "/usr/bin:/bin" }, cwd: "/", stdin: false };
    const { pid, child } = await new ProcessTable(${JSON.stringify(folder)}).start(launch);
    child.stdout.once("data", (chunk) => console.log(pid, Number(chunk)));
  `;
  const args = ["--conditions=@kubeless/source", "--input-type=module", "-e", source];
  const run = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(run.stdout, "data");
  const [pid = 0, grandchild = 0] = String(line).split(" ").map(Number);
  run.kill("SIGKILL");
  await once(run, "exit");
  expect([readProcess(pid), readProcess(grandchild)]).toEqual([expect.anything(), expect.anything()]);

  expect(new ProcessTable(folder).reap()).toBe(2);
  await expect.poll(() => [readProcess(pid), readProcess(grandchild)]).toEqual([undefined, undefined]);
  expect(readdirSync(folder)).toEqual([]);
});

test("a grandchild whose parent died with the run is ended as well", async () => {
  const folder = newFolder();
  const table = new ProcessTable(folder);
  const orphanage = spawn("/bin/sh", ["-c", "sleep 1000 & echo $!; read x"], {
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const [line] = await once(orphanage.stdout, "data");
  const pid = orphanage.pid ?? 0;
  writeFileSync(join(folder, String(pid)), readProcess(pid)?.startTime ?? "");
  orphanage.stdin.end();
  await once(orphanage, "exit");

  expect(table.reap()).toBe(1);
  await expect.poll(() => readProcess(Number(line))).toBeUndefined();
});

test("a process that only has the number of an old one is left alone", async () => {
  const folder = newFolder();
  const innocent = spawn("/bin/sleep", ["1000"], { detached: true, stdio: "ignore" });
  onTestFinished(() => {
    innocent.kill("SIGKILL");
  });
  await once(innocent, "spawn");
  writeFileSync(join(folder, String(innocent.pid)), "1");

  expect(new ProcessTable(folder).reap()).toBe(0);
  expect(readProcess(innocent.pid ?? 0)).toBeDefined();
  expect(readdirSync(folder)).toEqual([]);
});

test("when a process ends, the rest of its group does", async () => {
  const table = new ProcessTable(newFolder());
  const process = await table.start(launch("sleep 1000 & echo $!"));
  const [line] = await once(process.child.stdout ?? process.child, "data");
  expect(await process.exit).toEqual({ code: 0 });

  await expect.poll(() => readProcess(Number(line))).toBeUndefined();
});

const leaving = (seconds: number) =>
  `${process.execPath} -e 'require("node:child_process").spawn("sleep", ["${seconds}"], { detached: true, stdio: "ignore" }).unref()'`;
const sleepers = (mark: string) => processesWith(markVariable, mark).length;

// Only Linux shows what a process was started with.
test.runIf(process.platform === "linux")(
  "what has left its group ends with its run all the same, and with the next one when that was killed",
  async () => {
    const folder = newFolder();
    const table = new ProcessTable(folder);
    const marked = (mark: string, script: string) => {
      const { env, ...rest } = launch(script);
      return { ...rest, env: { ...env, [markVariable]: mark }, mark };
    };
    const ending = await table.start(marked("ending", `${leaving(1000)}; exit 0`));
    await ending.exit;
    expect(sleepers("ending")).toBe(0);

    // The shell, the sleep that left, and the one that waits: the program in between has ended by then.
    const killed = await table.start(marked("killed", `${leaving(1001)}; echo left; sleep 1002`));
    await once(killed.child.stdout ?? killed.child, "data");
    await expect.poll(() => sleepers("killed")).toBe(3);
    expect(new ProcessTable(folder).reap()).toBe(3);
    await expect.poll(() => sleepers("killed")).toBe(0);
    await killed.exit;
  },
);

test("a program that does not exist is an error, not a crash", async () => {
  const table = new ProcessTable(newFolder());
  await expect(table.start({ ...launch(""), argv: ["/nosuch/program"] })).rejects.toThrow("ENOENT");
});

test("after stop no process of any pod is left", async () => {
  const node = await startTestNode();
  const names = ["a", "b", "c"];
  for (const name of names) {
    const command = ["sh", "-c", "sleep 1000 & sleep 1000"];
    node.run(name, { containers: [{ name: "main", image: "busybox", command }] });
  }
  for (const name of names) await node.until(name, isReady);
  const pids = readdirSync(join(node.dataDir, "processes")).map(Number);
  expect(pids).toHaveLength(3);
  await node.agent.stop();

  expect(pids.map(readProcess)).toEqual([undefined, undefined, undefined]);
  expect(readdirSync(join(node.dataDir, "processes"))).toEqual([]);
});

test("a Node program ends by itself when the cluster's process is killed", async () => {
  const folder = newFolder();
  const preload = installPreload(folder);
  const source = `
    import { spawn } from "node:child_process";
    const env = { LOCAL_CLUSTER_POD: ${JSON.stringify(folder)}, LOCAL_CLUSTER_PID: String(process.pid) };
    const args = ["--require", ${JSON.stringify(preload)}, "-e", "console.log('up'); setInterval(() => {}, 1000)"];
    const child = spawn(process.execPath, args, { env, detached: true, stdio: ["ignore", "pipe", "ignore"] });
    child.stdout.once("data", () => console.log(child.pid));
  `;
  const run = spawn(process.execPath, ["--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(run.stdout, "data");
  expect(readProcess(Number(line))).toBeDefined();
  run.kill("SIGKILL");

  await expect.poll(() => readProcess(Number(line)), { timeout: 10_000 }).toBeUndefined();
});
