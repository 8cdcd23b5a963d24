import { describe, expect, test } from "vitest";
import { runIn } from "./fixtures/test-world.ts";

describe("help", () => {
  test("of everything lists the groups", async () => {
    const { code, stdout, stderr } = await runIn({}, "--help");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^ {2}function +Deploy functions/m);
    expect(stdout).not.toContain("\u001b");
  });

  test.each([
    ["no words at all", []],
    ["a group without a command", ["function"]],
    ["a group asked for help", ["function", "--help"]],
  ])("is shown for %s, and that is no failure", async (_, argv) => {
    expect(await runIn({}, ...argv)).toMatchObject({ code: 0, stdout: expect.stringContaining("Usage") });
  });

  test("of a command shows usage, flags and examples, and asks nothing of the cluster", async () => {
    const { code, stdout } = await runIn({}, "function", "deploy", "-h");
    expect(code).toBe(0);
    expect(stdout).toContain("kubeless function deploy NAME [SOURCE] [flags]");
    expect(stdout).toMatch(/-r, --runtime NAME/);
    expect(stdout).toContain("kubeless function deploy hello -f hello.js");
  });

  test("is coloured at a terminal unless NO_COLOR says otherwise", async () => {
    expect((await runIn({ isTTY: true }, "--help")).stdout).toContain("\u001b[1m");
    expect((await runIn({ isTTY: true, environment: { NO_COLOR: "1" } }, "--help")).stdout).not.toContain(
      "\u001b",
    );
  });
});

describe("what cannot be understood ends with 1 and says what to do", () => {
  test.each([
    ["an unknown command", ["functoin", "list"], /no command kubeless functoin\.\nDid you mean function\?/],
    [
      "an unknown subcommand",
      ["function", "delpoy"],
      /no command kubeless function delpoy\.\nDid you mean deploy\?/,
    ],
    [
      "an unknown flag",
      ["function", "list", "--contxt", "a"],
      /Unknown flag --contxt\. Did you mean --context\?/,
    ],
    ["a missing argument", ["function", "call"], /NAME is missing.*\nUsage: kubeless function call NAME/s],
    ["an argument too many", ["function", "delete", "a", "b"], /Unexpected argument "b": it takes one/],
    ["a missing flag", ["autoscale", "create", "a"], /--value is required/],
    [
      "a header that could not reach the function",
      ["function", "call", "a", "-d", "b", "-H", "Content-Length: 5"],
      /--header cannot be content-length: it belongs to the connection to the API server/,
    ],
    [
      "a header that HTTP cannot send",
      ["function", "call", "a", "-H", "X-Name: ☃"],
      /--header is NAME:VALUE, in letters that HTTP can send, not "X-Name: ☃"/,
    ],
    [
      "two faults together",
      ["autoscale", "create", "--min", "x"],
      /--min is .*\n--value is required.*\nNAME is missing/s,
    ],
  ])("%s", async (_, argv, stderr) => {
    expect(await runIn({}, ...argv)).toEqual({ code: 1, stdout: "", stderr: expect.stringMatching(stderr) });
  });

  test("no cluster", async () => {
    const { code, stderr } = await runIn({}, "function", "list");
    expect(code).toBe(1);
    expect(stderr).toMatch(/No cluster found.*\nStart one on this machine with kubeless local up/);
  });

  test("a kubeconfig that is not there", async () => {
    const { stderr } = await runIn({}, "--kubeconfig", "/nowhere", "function", "list");
    expect(stderr).toContain("The kubeconfig /nowhere does not exist.");
  });

  test("a schedule that is none, before anything is written", async () => {
    const { stderr } = await runIn({}, "function", "deploy", "a", "--schedule", "often");
    expect(stderr).toContain("A schedule has five fields");
  });
});

test("an interrupted command ends with 130 and says nothing", async () => {
  const signal = AbortSignal.abort();
  expect(await runIn({ signal }, "function", "list")).toEqual({ code: 130, stdout: "", stderr: "" });
});

describe("completion", () => {
  const complete = async (...words: string[]) => (await runIn({}, "__complete", ...words)).stdout;

  test("offers commands with what they are for", async () => {
    expect(await complete("func")).toBe(
      "function\tDeploy functions, call them, change them, see why they fail\n:4\n",
    );
    expect(await complete("function", "d")).toMatch(/^deploy\t.*\ndelete\t.*\ndescribe\t.*\n:4\n$/);
  });

  test("offers flags, choices and files", async () => {
    expect(await complete("function", "list", "--out")).toBe("--output\tAnother format\n:4\n");
    expect(await complete("function", "list", "-o", "j")).toBe("json\n:4\n");
    expect(await complete("function", "list", "--output=j")).toBe("--output=json\n:4\n");
    expect(await complete("function", "deploy", "hello", "-f", "")).toBe(":0\n");
    expect(await complete("--kubeconfig", "")).toBe(":0\n");
    expect(await complete("function", "-n", "")).toBe(":4\n");
  });

  test("takes two quotes for an empty word, as PowerShell sends it", async () => {
    expect(await complete("function", "list", "-o", '""')).toBe(await complete("function", "list", "-o", ""));
  });

  test("offers nothing, and does not fail, where no cluster answers", async () => {
    expect(await runIn({}, "__complete", "function", "call", "")).toEqual({
      code: 0,
      stdout: ":4\n",
      stderr: "",
    });
  });

  test.each(["bash", "zsh", "fish", "powershell"])("has a script for %s", async (shell) => {
    expect((await runIn({}, "completion", shell)).stdout).toContain("__complete");
  });

  test("says which shells there are", async () => {
    expect((await runIn({}, "completion", "csh")).stderr).toContain("bash, zsh, fish, powershell");
  });
});
