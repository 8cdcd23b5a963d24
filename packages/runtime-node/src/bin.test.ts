import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { folderWith } from "./fixtures/function-process.ts";

const program = fileURLToPath(new URL("./bin.ts", import.meta.url));

function run(argv: readonly string[], cwd = folderWith({ "hello.js": "exports.f = () => 'hello'" })) {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...argv], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function outcome(argv: readonly string[]) {
  const child = run(argv);
  const [[code], stdout, stderr] = await Promise.all([
    once(child, "close"),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, stdout, stderr };
}

describe("runtime-node at a terminal", () => {
  const wrong: readonly [argv: readonly string[], reason: string][] = [
    [[], "Name one file, and at most one of its exports."],
    [["hello.js", "f", "g"], "Name one file, and at most one of its exports."],
    [["gone.js"], "There is no file gone.js."],
    [["hello.js", "--port", "http"], "--port is a whole number from 0 to 65535."],
    [["hello.js", "--port", "65536"], "--port is a whole number from 0 to 65535."],
    [["hello.js", "--port", ""], "--port is a whole number from 0 to 65535."],
    [["hello.js", "--port", "80.5"], "--port is a whole number from 0 to 65535."],
    [["hello.js", "--timeout", "0"], "--timeout is a number of seconds above 0."],
    [["hello.js", "--timeout", "Infinity"], "--timeout is a number of seconds above 0."],
    [["hello.js", "--timeout", "soon"], "--timeout is a number of seconds above 0."],
    [["hello.js", "--prot", "80"], "Unknown option '--prot'"],
    [["hello.js", "--port"], "argument missing"],
  ];

  it.each(wrong)("with %j says what is wrong and how it is used, and ends with 2", async (argv, reason) => {
    const { code, stdout, stderr } = await outcome(argv);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(reason);
    expect(stderr).toContain("Usage: runtime-node FILE [EXPORT]");
  });

  it("--help says how it is used, on stdout", async () => {
    expect(await outcome(["--help"])).toEqual({
      code: 0,
      stdout: expect.stringContaining("Usage:"),
      stderr: "",
    });
  });

  it("a port that is taken is said so, and it ends with 1", async () => {
    const { port } = await serving(run(["hello.js", "--port", "0"]));
    const { code, stderr } = await outcome(["hello.js", "--port", port]);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`port ${port} is in use.*--port`, "i"));
    expect(stderr).not.toContain("    at ");
  });

  it("serves a file by its path, and ends well when interrupted", async () => {
    const child = run([join(".", "hello.js"), "f", "--port", "0"]);
    const url = await serving(child);
    expect(await (await fetch(url)).text()).toBe("hello");
    child.kill("SIGINT");
    expect(await once(child, "close")).toEqual([0, null]);
  });
});

/** Resolves with the address that it says it serves. */
async function serving(child: ReturnType<typeof run>): Promise<URL> {
  let said = "";
  for await (const chunk of child.stderr.iterator({ destroyOnReturn: false })) {
    said += chunk;
    const url = /http:\/\/localhost:\d+/.exec(said)?.[0];
    if (url !== undefined) {
      child.stderr.resume();
      return new URL(url);
    }
  }
  throw new Error(said);
}
