import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { completionScripts, type Shell } from "./scripts.ts";

const isRealCluster = process.env.KUBELESS_TEST_KUBECONFIG !== undefined;

/** A `kubeless` that offers two commands, and files after `-f`; and a shell that has loaded our script. */
function completeIn(shell: Shell, ask: string): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "complete-"));
  const program = join(folder, "kubeless");
  writeFileSync(
    program,
    `#!/bin/sh
for word; do last="$before"; before="$word"; done
if [ "$last" = -f ]; then echo :0; else printf 'deploy\\tDeploy: a function\\ndelete\\tDelete it\\n:4\\n'; fi
`,
  );
  chmodSync(program, 0o755);
  writeFileSync(join(folder, "script"), completionScripts[shell]);
  writeFileSync(join(folder, "unlikely-name.js"), "");
  const { stdout, stderr, error } = spawnSync(shell, ["-c", `source ./script\n${ask}`], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: `${folder}:/usr/bin:/bin`, HOME: folder },
  });
  if (error !== undefined)
    throw new Error(
      `${shell} does not start (${error.message}): install it, for its completion is tried in it.`,
    );
  return `${stdout}${stderr}`.split("\n").filter((line) => line !== "");
}

describe("the script for", () => {
  const bash = (...words: string[]) =>
    `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _kubeless; printf '%s\\n' "\${COMPREPLY[@]}"`;

  test("bash offers what the program says, without its descriptions", () => {
    expect(completeIn("bash", bash("kubeless", "function", "de"))).toEqual(["deploy", "delete"]);
  });

  test("bash offers files where the program asks for them", () => {
    expect(completeIn("bash", bash("kubeless", "function", "deploy", "x", "-f", "unl"))).toEqual([
      "unlikely-name.js",
    ]);
  });

  test("bash completes what stands behind = and :, where it cuts words", () => {
    const said = `kubeless() { printf '%s\\n' "$#:$3" >&2; printf -- '--output=json\\n:4\\n'; }; `;
    expect(completeIn("bash", said + bash("kubeless", "list", "--output", "=", "js"))).toEqual(["json"]);
    expect(completeIn("bash", said + bash("kubeless", "list", "--output", "="))).toEqual(["json"]);
  });
});

// Not every machine has these: they are asked for where a cluster is.
describe.skipIf(!isRealCluster)("the script for other shells (KUBELESS_TEST_KUBECONFIG)", () => {
  test("fish offers what the program says, and files", () => {
    expect(completeIn("fish", 'complete -C "kubeless function de"')).toEqual([
      "delete\tDelete it",
      "deploy\tDeploy: a function",
    ]);
    expect(completeIn("fish", 'complete -C "kubeless function deploy x -f unl"')).toEqual([
      "unlikely-name.js",
    ]);
  });

  test("zsh hands what the program says to its own completion", () => {
    const stubs = `compdef() { :; }\n_describe() { print -rl -- "\${(@P)2}" }\n_files() { print files }\n`;
    const ask = (words: string, current: number) =>
      completeIn("zsh", `${stubs}words=(${words}); CURRENT=${current}; _kubeless`).filter(
        (line) => !line.includes("compdef"),
      );
    expect(ask("kubeless function de", 3)).toEqual(["deploy:Deploy: a function", "delete:Delete it"]);
    expect(ask("kubeless function deploy x -f ''", 6)).toEqual(["files"]);
  });
});
