import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { runIn } from "../fixtures/test-world.ts";
import { localFolder } from "./state.ts";

/** A process that behaves as a platform does towards these commands: writes where it is, and takes that back at its end. */
function createPlatform(homeDirectory: string, { script = "", pidStart = "startOf(process.pid)" } = {}) {
  const kubeconfig = join(homeDirectory, "kubeconfig");
  writeFileSync(kubeconfig, "");
  const state = {
    kubeconfig,
    context: "kubeless-local",
    server: "https://localhost:1",
    ingress: "http://localhost:1",
    startedAt: "2026-01-01T00:00:00Z",
  };
  const program = `
    ${script}
    import(${JSON.stringify(new URL("./state.ts", import.meta.url))}).then(({ writeState, removeState, startOf }) => {
      const home = ${JSON.stringify(homeDirectory)};
      process.on("SIGTERM", () => { removeState(home); process.exit(0); });
      writeState(home, { pid: process.pid, pidStart: ${pidStart}, ...${JSON.stringify(state)} });
    });
    setInterval(() => {}, 1000);`;
  return (_words: readonly string[], log: string) => {
    const output = openSync(log, "a");
    const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", output, output] });
    closeSync(output);
    onTestFinished(() => void child.kill("SIGKILL"));
    const exited = new Promise<number>((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
    return { exited };
  };
}

describe("the local platform", () => {
  const home = () => mkdtempSync(join(tmpdir(), "local-"));

  test("starts in the background, is found, and stops", async () => {
    const homeDirectory = home();
    const options = { homeDirectory, startDetached: createPlatform(homeDirectory) };
    const up = await runIn(options, "local", "up", "--detach");
    expect(up.stderr).toMatch(
      /is ready \(process \d+, context kubeless-local\)\.\nFunctions run on this machine, with your own rights/,
    );
    expect(await runIn(options, "local", "up", "-d")).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("runs already"),
    });
    expect((await runIn(options, "local", "status")).stdout).toMatch(/^Routes: +http:\/\/localhost:1$/m);
    expect((await runIn(options, "local", "kubeconfig")).stdout).toBe(
      `${join(homeDirectory, "kubeconfig")}\n`,
    );
    expect(await runIn(options, "local", "down")).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("has stopped"),
    });
    expect(await runIn(options, "local", "status")).toMatchObject({ code: 1, stdout: "" });
  });

  test("that ends before it is ready is said with where its log lies", async () => {
    const homeDirectory = home();
    const startDetached = createPlatform(homeDirectory, { script: "process.exit(3);" });
    const { code, stderr } = await runIn({ homeDirectory, startDetached }, "local", "up", "-d");
    expect(code).toBe(1);
    expect(stderr).toMatch(/ended with 3 before it was ready\.\nSee more: .*platform\.log/);
  });

  test("that says why it does not start is quoted, not what an earlier one said", async () => {
    const homeDirectory = home();
    const start = (script: string) =>
      runIn({ homeDirectory, startDetached: createPlatform(homeDirectory, { script }) }, "local", "up", "-d");
    await start('console.error("Error: No room."); process.exit(1);');
    const { stderr } = await start('console.error("Error: No light.\\nBuy a lamp."); process.exit(1);');
    expect(stderr).toMatch(/^Error: No light\.\nSee more: .*platform\.log/);
  });

  test("that cannot use what was kept says so, and how to begin anew", async () => {
    const homeDirectory = home();
    const folder = join(localFolder(homeDirectory), "cluster");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "identity.json"), "not JSON");
    const { code, stderr } = await runIn({ homeDirectory }, "local", "up");
    expect(code).toBe(1);
    expect(stderr).toMatch(/does not start: .*not valid JSON\.\n.*kubeless local reset begins anew/);
  });

  test("is reset while it runs: it stops, and nothing is left", async () => {
    const homeDirectory = home();
    const options = { homeDirectory, startDetached: createPlatform(homeDirectory) };
    await runIn(options, "local", "up", "-d");
    expect((await runIn(options, "local", "reset")).code).toBe(0);
    expect(existsSync(localFolder(homeDirectory))).toBe(false);
  });

  test("that was killed does not run, whoever has its process number now", async () => {
    const homeDirectory = home();
    const { exited } = createPlatform(homeDirectory, { pidStart: '"1"' })([], "/dev/null");
    const file = join(localFolder(homeDirectory), "platform.json");
    await vi.waitUntil(() => existsSync(file), 20_000);
    expect(await runIn({ homeDirectory }, "local", "status")).toMatchObject({ code: 1, stdout: "" });
    expect((await runIn({ homeDirectory }, "local", "down")).stderr).toBe("No local platform runs.\n");
    expect(await Promise.race([exited, "runs on"])).toBe("runs on");
  });

  test.each([[[]], [["--detach"]]])(
    "without a folder to keep things in says so: local up %s",
    async (flags) => {
      const homeDirectory = home();
      writeFileSync(join(homeDirectory, ".kubeless"), "");
      const { code, stderr } = await runIn({ homeDirectory }, "local", "up", ...flags);
      expect(code).toBe(1);
      expect(stderr).toMatch(/has no folder to keep things in: .*\nSet HOME to a folder/);
    },
  );

  test("that does not run is no fault to stop, and one to ask for its kubeconfig", async () => {
    const homeDirectory = home();
    expect(await runIn({ homeDirectory }, "local", "down")).toMatchObject({ code: 0 });
    expect(await runIn({ homeDirectory }, "local", "kubeconfig")).toMatchObject({ code: 1, stdout: "" });
  });
});
